// How far a client's timestamps have come, as far as the cluster knows: the (f+1)-th highest of q answers, which a
// loyal replica stands behind. A liar that answers 2^63 raises nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "client/client_core_replica_set.h"
#include "messages/genesis.h"
#include "messages/messages.h"

namespace quorate {

class MarkCollector {
 public:
  explicit MarkCollector(const Genesis& genesis);

  bool has_answer_of(ReplicaId replica) const { return answered_.contains(replica); }
  /// Counts each replica's first answer; the newest t that is vouched for, once q have answered.
  std::optional<Timestamp> add(const MarkAnswer& answer);

 private:
  Quorums quorums_;
  ReplicaSet answered_;
  std::vector<Timestamp> newest_;
};

}  // namespace quorate
