// A check for bugs of our own, on in every build. Never for values that a peer chose: that would be a remote kill
// switch.
#pragma once

#include <source_location>
#include <string_view>

namespace quorate {

/// Prints `what` and the place, and aborts, unless `condition` holds.
void check(bool condition, std::string_view what, const std::source_location& place = std::source_location::current());

}  // namespace quorate
