// The genesis configuration: who may vote, who may ask, and the sizes that all replicas share. It never changes.
//
// Its digest is the cluster id, which is part of every signature: nothing signed for one cluster means anything in
// another. Addresses are not part of it; they live in the cluster file (cluster_file.h) and may change.
#pragma once

#include <cstdint>
#include <vector>

#include "crypto/digest.h"
#include "crypto/error.h"
#include "crypto/signature.h"
#include "messages/quorum.h"
#include "messages/types.h"

namespace quorate {

struct Genesis {
  std::vector<PublicKey> replica_keys;      // index = ReplicaId
  std::vector<PublicKey> client_keys;       // index = ClientId
  std::uint64_t checkpoint_interval = 256;  // K, slots
  std::uint64_t log_window = 512;           // L, slots; a multiple of K, at least 2K
  std::uint64_t client_window = 512;        // W, operations whose results are kept for each client
  std::uint64_t time_bound_us = 1'000'000;  // how far a proposed time may be ahead of a backup's clock

  Quorums quorums() const { return Quorums(static_cast<std::uint32_t>(replica_keys.size())); }
  bool knows(ReplicaId replica) const { return replica.value < replica_keys.size(); }
  bool knows(ClientId client) const { return client.value < client_keys.size(); }
  /// Every rule that the sizes must obey. Errors name the rule and the value.
  Result<void> check() const;
  /// Digest over all fields; layout in README.md, "Cluster id".
  Digest cluster_id() const;
};

}  // namespace quorate
