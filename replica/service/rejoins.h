// Who was let in again, as replicated state: of each replica the REJOINs executed so far, and its floor.
//
// A REJOIN counts only when it is the next one of its replica and of a loss that was not counted; else it executes as
// nothing. It leaves no leaf (README.md, "REJOIN"; replica/README.md, "Rejoin").
#pragma once

#include <vector>

#include "messages/genesis.h"
#include "messages/rejoin.h"
#include "replica/core/core.h"
#include "replica/service/ordered_map.h"

namespace quorate {

class Rejoins {
 public:
  explicit Rejoins(const Genesis& genesis);

  // Replicas below are of the genesis configuration.

  /// Executes it in slot n: the floor becomes the first checkpoint at or above n + L. False: it was nothing.
  bool execute(SequenceNumber n, const Rejoin& rejoin);
  const RejoinMark& of(ReplicaId replica) const;
  /// Of all replicas, in order.
  const std::vector<RejoinMark>& marks() const { return marks_; }

  /// Takes over what `save` wrote.
  void load(const OrderedMap& map);
  /// Writes what changed since the last load or save, no more.
  void save(OrderedMap& map);

 private:
  RejoinMark& mark(ReplicaId replica);

  std::uint64_t checkpoint_interval_;
  std::uint64_t log_window_;
  std::vector<RejoinMark> marks_;  // by replica
  std::vector<bool> changed_;      // since the last save
};

}  // namespace quorate
