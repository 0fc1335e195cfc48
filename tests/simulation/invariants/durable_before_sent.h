// I11: whatever a message promises was durable when it left (replica/README.md, section 4, read off the disk itself).
#pragma once

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class DurableBeforeSent final : public Observer {
 public:
  explicit DurableBeforeSent(const WholeCluster& all) : all_(all) {}

  void sent(ReplicaId replica, const Message& message) override {
    const Disk* disk = all_.disks[replica.value];
    if (disk == nullptr) return;
    if (const auto* pre_prepare = std::get_if<PrePrepare>(&message)) {
      demand(accepted(*disk, pre_prepare->header.n, pre_prepare->header.digest), replica, pre_prepare->header.n,
             "PRE-PREPARE");
    } else if (const auto* prepare = std::get_if<Prepare>(&message)) {
      demand(accepted(*disk, prepare->n, prepare->digest), replica, prepare->n, "PREPARE");
    } else if (const auto* commit = std::get_if<Commit>(&message)) {
      demand(prepared(*disk, commit->n, commit->digest), replica, commit->n, "COMMIT");
    } else if (const auto* checkpoint = std::get_if<Checkpoint>(&message)) {
      demand(reproducible(*disk, *checkpoint), replica, checkpoint->n, "CHECKPOINT");
    }
  }
  void durable(ReplicaId replica, const LogRecord& record) override {
    const Disk* disk = all_.disks[replica.value];
    const auto* collect = std::get_if<CollectRecord>(&record);
    if (collect == nullptr) return;
    const SequenceNumber h = low_watermark(*disk);
    demand(collect->votes_through <= h, replica, collect->votes_through, "dropping certificates");
    demand(collect->bodies_through <= h && collect->bodies_through <= disk->state().n, replica, collect->bodies_through,
           "dropping bodies");
  }
  /// What is on disk can be loaded: the log lacks no body above the state.
  void restarted(ReplicaId replica, SequenceNumber state) override {
    demand(all_.disks[replica.value]->log().bodies_collected <= state, replica, state, "restarting");
  }

 private:
  static SequenceNumber low_watermark(const Disk& disk) {
    return disk.log().stable ? disk.log().stable->n : SequenceNumber();
  }
  static bool accepted(const Disk& disk, SequenceNumber n, const Digest& digest) {
    const auto found = disk.log().accepted.find(n);
    return n <= low_watermark(disk) || (found != disk.log().accepted.end() && found->second.header.digest == digest);
  }
  static bool prepared(const Disk& disk, SequenceNumber n, const Digest& digest) {
    const auto found = disk.log().prepared.find(n);
    return n <= low_watermark(disk) || (found != disk.log().prepared.end() && found->second.header.digest == digest);
  }
  static bool reproducible(const Disk& disk, const Checkpoint& checkpoint) {
    if (!disk.log().own_checkpoints.contains(checkpoint.n) && low_watermark(disk) <= checkpoint.n) return false;
    for (SequenceNumber n = disk.state().n + 1; n <= checkpoint.n; ++n) {
      if (!disk.log().committed.contains(n)) return false;
    }
    return true;
  }
  static void demand(bool good, ReplicaId replica, SequenceNumber n, const char* what) {
    if (!good) {
      throw Broken("I11 durable before sent: " + std::string(what) + " of " + name(replica) + " for " + name(n) +
                   " came before what it promises was durable");
    }
  }
  WholeCluster all_;
};

}  // namespace quorate::simulation
