#include "replica/storage/seal.h"

#include "crypto/checksum.h"

namespace quorate {
namespace {

std::uint64_t checksum(ByteView key, ByteView payload) { return checksum_of(payload, checksum_of(key)); }

}  // namespace

Bytes seal(ByteView key, ByteView payload) {
  ByteWriter writer;
  writer.reserve(payload.size() + seal_bytes);
  writer.raw(payload);
  writer.u64(checksum(key, payload));
  return writer.take();
}

std::optional<ByteView> unseal(ByteView key, ByteView sealed) {
  if (sealed.size() < seal_bytes) return std::nullopt;
  const ByteView payload = sealed.first(sealed.size() - seal_bytes);
  if (ByteReader(sealed.last(seal_bytes)).u64() != checksum(key, payload)) return std::nullopt;
  return payload;
}

}  // namespace quorate
