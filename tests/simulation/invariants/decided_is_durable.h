// I07, for clusters without traitors in its stronger form: when a slot executes, a quorum holds its certificate
// durably, or a stable checkpoint at or above it. With t traitors, q − t loyal replicas do.
#pragma once

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class DecidedIsDurable final : public Observer {
 public:
  explicit DecidedIsDurable(const WholeCluster& all) : all_(all) {}

  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch&) override {
    std::uint32_t holders = 0;
    for (const Disk* disk : all_.disks) holders += disk == nullptr || holds(disk->log(), slot) ? 1 : 0;
    if (holders >= all_.genesis->quorums().quorum()) return;
    throw Broken("I07 what is executed is durable: " + name(replica) + " executed " + name(slot.n) + " while " +
                 std::to_string(holders) + " replicas hold it durably");
  }

 private:
  static bool holds(const LogImage& log, const Execute& slot) {
    if (log.stable && log.stable->n >= slot.n) return true;
    const auto prepared = log.prepared.find(slot.n);
    if (prepared != log.prepared.end() && prepared->second.certificate.header.digest == slot.digest) return true;
    const auto committed = log.committed.find(slot.n);
    return committed != log.committed.end() && committed->second.certificate.digest == slot.digest;
  }
  WholeCluster all_;
};

}  // namespace quorate::simulation
