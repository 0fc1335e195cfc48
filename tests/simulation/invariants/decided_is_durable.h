// I07, for clusters without traitors in its stronger form: when a slot executes, a quorum holds its certificate
// durably, or a stable checkpoint at or above it. With t traitors and damaged disks, q − t of the others do.
#pragma once

#include <set>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class DecidedIsDurable final : public Observer {
 public:
  explicit DecidedIsDurable(const WholeCluster& all) : all_(all) {}

  void lost(ReplicaId replica, bool) override { damaged_.insert(replica); }
  void durable(ReplicaId replica, const LogRecord& record) override {
    if (std::holds_alternative<SpeakRecord>(record)) damaged_.erase(replica);
  }

  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch&) override {
    std::uint32_t holders = 0;
    for (std::uint32_t i = 0; i < all_.disks.size(); ++i) {
      const Disk* disk = all_.disks[i];
      const bool bad = disk == nullptr || damaged_.contains(ReplicaId(i));
      holders += bad || holds(disk->log(), slot) ? 1 : 0;
    }
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
  std::set<ReplicaId> damaged_;
};

}  // namespace quorate::simulation
