// I02: what a loyal client's timestamp executes is what that client signed.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class OnlyWhatWasIssued final : public Observer {
 public:
  void issued(ClientId client, Timestamp t, const Digest& operation) override {
    issued_[{client, t}].insert(operation);
  }
  void executed(ReplicaId replica, const Execute&, const ExecutedBatch& outcome) override {
    for (const Leaf& leaf : outcome.leaves) {
      const auto found = issued_.find({leaf.client, leaf.timestamp});
      if (found != issued_.end() && found->second.contains(leaf.operation_digest)) continue;
      throw Broken("I02 executed operations were issued: " + name(replica) + " executed for " +
                   name(leaf.client, leaf.timestamp) + " what that client never signed");
    }
  }

 private:
  std::map<std::pair<ClientId, Timestamp>, std::set<Digest>> issued_;
};

}  // namespace quorate::simulation
