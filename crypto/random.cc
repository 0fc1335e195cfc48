#include "crypto/random.h"

#include <sodium.h>

#include "crypto/start_libsodium.h"

namespace quorate {

std::array<std::uint8_t, 32> random_nonce() {
  start_libsodium();
  std::array<std::uint8_t, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::uint64_t random_u64() {
  start_libsodium();
  std::uint64_t value = 0;
  randombytes_buf(&value, sizeof value);
  return value;
}

}  // namespace quorate
