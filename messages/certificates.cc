#include "messages/certificates.h"

#include "messages/quorum.h"

namespace quorate {
namespace {

constexpr std::size_t part_bytes = 4 + 64;

}  // namespace

void write_parts(ByteWriter& out, const std::vector<SignedBy>& parts) {
  out.u32(static_cast<std::uint32_t>(parts.size()));
  for (const SignedBy& part : parts) {
    out.u32(part.replica.value);
    out.raw(part.signature.bytes);
  }
}

std::vector<SignedBy> read_parts(ByteReader& in) {
  const std::uint32_t count = in.u32();
  if (count > Quorums::replicas_max || count > in.remaining() / part_bytes) in.fail();
  std::vector<SignedBy> parts;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    const ReplicaId replica(in.u32());
    parts.push_back({replica, Signature{in.array<64>()}});
  }
  return parts;
}

}  // namespace quorate
