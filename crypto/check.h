// A check for bugs of our own, on in every build. Never for values that a peer chose: that would be a remote kill
// switch.
#pragma once

#include <string_view>

namespace quorate {

/// Prints `what` and the caller's place, and aborts, unless `condition` holds. (The builtins of gcc and clang give the
/// place, as std::source_location is unknown to clang 14.)
void check(bool condition, std::string_view what, const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace quorate
