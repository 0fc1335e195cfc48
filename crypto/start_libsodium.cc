#include "crypto/start_libsodium.h"

#include <sodium.h>

#include "crypto/check.h"

namespace quorate {

void start_libsodium() {
  static const bool started = sodium_init() >= 0;
  check(started, "libsodium starts");
}

}  // namespace quorate
