// I01: all loyal replicas execute the same digest at n, with the same outcome, and hold equal ledger heads after it.
#pragma once

#include <map>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class OneDigestForEachSlot final : public Observer {
 public:
  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch& outcome) override {
    const auto [first, fresh] = slots_.try_emplace(slot.n, Outcome{slot.digest, outcome.block, replica});
    if (fresh || (first->second.digest == slot.digest && first->second.block == outcome.block)) return;
    throw Broken("I01 one digest for each n: at " + name(slot.n) + " " + name(replica) + " executed " +
                 name(slot.digest) + " (block " + name(outcome.block.digest()) + ") and " + name(first->second.by) +
                 " " + name(first->second.digest) + " (block " + name(first->second.block.digest()) + ")");
  }

 private:
  struct Outcome {
    Digest digest;
    Block block;
    ReplicaId by;
  };
  std::map<SequenceNumber, Outcome> slots_;
};

}  // namespace quorate::simulation
