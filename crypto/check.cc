#include "crypto/check.h"

#include <cstdio>
#include <cstdlib>

namespace quorate {

void check(bool condition, std::string_view what, const char* file, int line) {
  if (condition) [[likely]]
    return;
  std::fprintf(stderr, "quorate: a bug of our own: %.*s (%s:%d)\n", static_cast<int>(what.size()), what.data(), file,
               line);
  std::abort();
}

}  // namespace quorate
