// REJOIN: a replica whose log was lost asks to be let in again (replica/README.md, "Rejoin").
//
// It is a message by itself, relayed by anybody, and an entry of a batch beside bundles. Departure from the paper,
// whose replicas never lose their logs.
#pragma once

#include <optional>

#include "crypto/bytes.h"
#include "crypto/signature.h"
#include "messages/types.h"

namespace quorate {

/// ⟨REJOIN, i, count, nonce⟩ signed with i's genesis key.
struct Rejoin {
  ReplicaId replica;
  std::uint64_t count = 0;  // of i's REJOINs, this one included
  std::uint64_t nonce = 0;  // of this loss: no two share one
  Signature signature;

  friend bool operator==(const Rejoin&, const Rejoin&) = default;
};

/// The signed payload, in a batch as well.
Bytes payload_of(const Rejoin& rejoin);
constexpr std::size_t rejoin_payload_bytes = 20;
/// Nothing if the bytes are no such payload.
std::optional<Rejoin> parse_rejoin(ByteView payload, const Signature& signature);

}  // namespace quorate
