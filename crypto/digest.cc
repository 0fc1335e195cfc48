#include "crypto/digest.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/check.h"
#include "crypto/start_libsodium.h"

namespace quorate {
namespace {

crypto_generichash_state* state_of(std::array<std::byte, 384>& bytes) {
  static_assert(sizeof(crypto_generichash_state) == 384 && alignof(crypto_generichash_state) == 64);
  return reinterpret_cast<crypto_generichash_state*>(bytes.data());
}

}  // namespace

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the init call writes the state
Hasher::Hasher(std::string_view tag) {
  start_libsodium();
  check(crypto_generichash_init(state_of(state_), nullptr, 0, Digest::size) == 0, "BLAKE2b starts");
  u8(static_cast<std::uint8_t>(tag.size()));
  update(as_bytes(tag));
}

Hasher& Hasher::update(ByteView bytes) {
  crypto_generichash_update(state_of(state_), bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::u8(std::uint8_t value) { return update({&value, 1}); }

Hasher& Hasher::u32(std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return update(bytes);
}

Hasher& Hasher::u64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return update(bytes);
}

Hasher& Hasher::digest(const Digest& value) { return update(value.bytes); }

Hasher& Hasher::prefixed(ByteView bytes) {
  u32(static_cast<std::uint32_t>(bytes.size()));
  return update(bytes);
}

Digest Hasher::finish() {
  Digest out;
  crypto_generichash_final(state_of(state_), out.bytes.data(), out.bytes.size());
  return out;
}

// One call on bytes that lie together costs half of what three on a state cost.
Digest digest_of(std::string_view tag, ByteView bytes) {
  std::array<std::uint8_t, 512> together;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  const std::size_t size = 1 + tag.size() + bytes.size();
  if (size > together.size()) return Hasher(tag).update(bytes).finish();
  start_libsodium();
  together[0] = static_cast<std::uint8_t>(tag.size());
  std::ranges::copy(as_bytes(tag), together.begin() + 1);
  std::ranges::copy(bytes, together.begin() + 1 + static_cast<std::ptrdiff_t>(tag.size()));
  Digest out;
  crypto_generichash(out.bytes.data(), out.bytes.size(), together.data(), size, nullptr, 0);
  return out;
}

std::string to_hex(const Digest& digest) { return to_hex(ByteView(digest.bytes)); }

}  // namespace quorate
