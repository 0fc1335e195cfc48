// I12: all loyal replicas reach one root at n = mK.
#pragma once

#include <map>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class EqualRoots final : public Observer {
 public:
  void checkpointed(ReplicaId replica, SequenceNumber n, const Digest& root) override {
    const auto [first, fresh] = roots_.try_emplace(n, root);
    if (fresh || first->second == root) return;
    throw Broken("I12 equal checkpoint roots: " + name(replica) + " reached another at " + name(n));
  }

 private:
  std::map<SequenceNumber, Digest> roots_;
};

}  // namespace quorate::simulation
