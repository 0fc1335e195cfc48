#include "crypto/check.h"

#include <cstdio>
#include <cstdlib>

namespace quorate {

void check(bool condition, std::string_view what, const std::source_location& place) {
  if (condition) [[likely]]
    return;
  std::fprintf(stderr, "quorate: a bug of our own: %.*s (%s:%u)\n", static_cast<int>(what.size()), what.data(),
               place.file_name(), place.line());
  std::abort();
}

}  // namespace quorate
