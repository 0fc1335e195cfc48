#include "crypto/checksum.h"

#include <sodium.h>

#include <array>

namespace quorate {

std::uint64_t checksum_of(ByteView bytes, std::uint64_t chained) {
  std::array<std::uint8_t, crypto_shorthash_siphash24_KEYBYTES> key{};
  for (std::size_t i = 0; i < 8; ++i) key[i] = static_cast<std::uint8_t>(chained >> (8 * i));
  std::array<std::uint8_t, crypto_shorthash_siphash24_BYTES> sum{};
  crypto_shorthash_siphash24(sum.data(), bytes.data(), bytes.size(), key.data());
  return ByteReader(sum).u64();
}

}  // namespace quorate
