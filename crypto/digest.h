// Digests: BLAKE2b with 256 bits of output, always under a domain tag.
//
// A digest is H(u8 tag length ‖ tag ‖ input), so that bytes hashed for one purpose never equal a digest made for
// another. The tags are listed in messages/README.md.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/bytes.h"

namespace quorate {

struct Digest {
  static constexpr std::size_t size = 32;
  std::array<std::uint8_t, size> bytes{};

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// Computes one digest from pieces: `Hasher("batch").update(a).update(b).finish()`.
class Hasher {
 public:
  explicit Hasher(std::string_view tag);
  Hasher& update(ByteView bytes);
  Hasher& u8(std::uint8_t value);
  Hasher& u32(std::uint32_t value);
  Hasher& u64(std::uint64_t value);
  Hasher& digest(const Digest& value);
  /// A 32-bit length, then the bytes.
  Hasher& prefixed(ByteView bytes);
  /// The digest of all that was fed. Call once.
  Digest finish();

 private:
  // crypto_generichash_state is 384 bytes, aligned to 64; kept opaque so that no includer sees libsodium.
  alignas(64) std::array<std::byte, 384> state_;
};

/// The digest of one byte string under `tag`.
Digest digest_of(std::string_view tag, ByteView bytes);
/// 64 hexadecimal digits.
std::string to_hex(const Digest& digest);

}  // namespace quorate
