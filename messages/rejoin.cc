#include "messages/rejoin.h"

namespace quorate {

Bytes payload_of(const Rejoin& rejoin) {
  ByteWriter out;
  out.reserve(rejoin_payload_bytes);
  out.u32(rejoin.replica.value);
  out.u64(rejoin.count);
  out.u64(rejoin.nonce);
  return out.take();
}

std::optional<Rejoin> parse_rejoin(ByteView payload, const Signature& signature) {
  ByteReader in(payload);
  Rejoin rejoin;
  rejoin.replica = ReplicaId(in.u32());
  rejoin.count = in.u64();
  rejoin.nonce = in.u64();
  rejoin.signature = signature;
  if (!in.finished()) return std::nullopt;
  return rejoin;
}

}  // namespace quorate
