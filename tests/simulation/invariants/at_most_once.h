// I04 and I06: each (client, t) changes the state at most once in the whole ledger, and what was acknowledged is that.
#pragma once

#include <map>
#include <utility>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class AtMostOnce final : public Observer {
 public:
  void executed(ReplicaId replica, const Execute&, const ExecutedBatch& outcome) override {
    for (const Leaf& leaf : outcome.leaves) {
      const Digest digest = leaf.digest();
      const auto [first, fresh] = leaves_.try_emplace({leaf.client, leaf.timestamp}, digest);
      if (fresh || first->second == digest) continue;
      throw Broken("I04 each (client, t) executes at most once: " + name(replica) + " executed " +
                   name(leaf.client, leaf.timestamp) + " again at " + name(leaf.n));
    }
  }
  void acknowledged(const Leaf& leaf) override {
    const auto found = leaves_.find({leaf.client, leaf.timestamp});
    if (found == leaves_.end() || found->second != leaf.digest()) {
      throw Broken("I06 what was acknowledged is what was executed: " + name(leaf.client, leaf.timestamp) + " at " +
                   name(leaf.n));
    }
  }

 private:
  std::map<std::pair<ClientId, Timestamp>, Digest> leaves_;
};

}  // namespace quorate::simulation
