#include "replica/storage/seal.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"

namespace quorate {
namespace {

std::array<std::uint8_t, seal_bytes> checksum(ByteView key, ByteView payload) {
  ByteWriter covered;
  covered.reserve(4 + key.size() + payload.size());
  covered.prefixed(key);
  covered.raw(payload);
  const Digest digest = digest_of("disk", covered.view());
  std::array<std::uint8_t, seal_bytes> sum{};
  std::copy_n(digest.bytes.begin(), sum.size(), sum.begin());
  return sum;
}

}  // namespace

Bytes seal(ByteView key, ByteView payload) {
  ByteWriter writer;
  writer.reserve(payload.size() + seal_bytes);
  writer.raw(payload);
  writer.raw(checksum(key, payload));
  return writer.take();
}

std::optional<ByteView> unseal(ByteView key, ByteView sealed) {
  if (sealed.size() < seal_bytes) return std::nullopt;
  const ByteView payload = sealed.first(sealed.size() - seal_bytes);
  const auto sum = checksum(key, payload);
  if (!std::equal(sum.begin(), sum.end(), sealed.last(seal_bytes).begin())) return std::nullopt;
  return payload;
}

}  // namespace quorate
