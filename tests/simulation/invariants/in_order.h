// I03: no gap and no regression: a replica executes n+1 after n, and begins again right above its durable state, or
// above the state that it fetched.
#pragma once

#include <map>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class InOrder final : public Observer {
 public:
  void restarted(ReplicaId replica, SequenceNumber state) override { last_[replica] = state; }
  void installed(ReplicaId replica, SequenceNumber n) override { last_[replica] = n; }
  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch&) override {
    SequenceNumber& last = last_[replica];
    if (slot.n != last + 1) {
      throw Broken("I03 no gap, no regression: " + name(replica) + " executed " + name(slot.n) + " after " +
                   name(last));
    }
    last = slot.n;
  }

 private:
  std::map<ReplicaId, SequenceNumber> last_;
};

}  // namespace quorate::simulation
