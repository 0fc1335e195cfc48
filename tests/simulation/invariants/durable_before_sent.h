// I11: whatever a message promises was durable when it left (replica/README.md, section 4, read off the disk itself).
#pragma once

#include <algorithm>

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
      demand(accepted(*disk, pre_prepare->header), replica, pre_prepare->header.n, "PRE-PREPARE");
    } else if (const auto* prepare = std::get_if<Prepare>(&message)) {
      if (prepare->replica != replica) return;  // returned to who signed it; likewise below
      demand(accepted(*disk, {prepare->view, prepare->n, prepare->digest}), replica, prepare->n, "PREPARE");
    } else if (const auto* commit = std::get_if<Commit>(&message)) {
      if (commit->replica != replica) return;
      demand(prepared(*disk, {commit->view, commit->n, commit->digest}), replica, commit->n, "COMMIT");
    } else if (const auto* checkpoint = std::get_if<Checkpoint>(&message)) {
      if (checkpoint->replica != replica) return;
      demand(reproducible(*disk, *checkpoint), replica, checkpoint->n, "CHECKPOINT");
    } else if (const auto* view_change = std::get_if<ViewChangePtr>(&message)) {
      if ((*view_change)->replica != replica) return;
      demand(keeps_its_word(*disk, **view_change), replica, (*view_change)->low_watermark, "VIEW-CHANGE");
    } else if (const auto* new_view = std::get_if<NewViewPtr>(&message)) {
      const NewViewPtr& kept = disk->log().new_view;
      demand(kept && kept->view >= (*new_view)->view, replica, {}, "NEW-VIEW");
    }
  }
  void durable(ReplicaId replica, const LogRecord& record) override {
    const Disk* disk = all_.disks[replica.value];
    const auto* collect = std::get_if<CollectRecord>(&record);
    if (collect == nullptr) return;
    const SequenceNumber h = low_watermark(*disk);
    demand(collect->votes_through <= h, replica, collect->votes_through, "dropping certificates");
    const bool in_state = collect->bodies_through <= disk->state().n || !disk->promises_state();
    demand(collect->bodies_through <= h && in_state, replica, collect->bodies_through, "dropping bodies");
  }
  /// What is on disk can be loaded: the log lacks no body above the state.
  void restarted(ReplicaId replica, SequenceNumber state) override {
    const Disk& disk = *all_.disks[replica.value];
    demand(disk.log().bodies_collected <= state || !disk.promises_state(), replica, state, "restarting");
  }

 private:
  static SequenceNumber low_watermark(const Disk& disk) {
    return disk.log().stable ? disk.log().stable->n : SequenceNumber();
  }
  // A record of a later view may have taken its place in the same forced write.
  static bool holds(const PrePrepareHeader& held, const PrePrepareHeader& promised) {
    return held == promised || held.view > promised.view;
  }
  static bool accepted(const Disk& disk, const PrePrepareHeader& header) {
    const auto found = disk.log().accepted.find(header.n);
    return header.n <= low_watermark(disk) ||
           (found != disk.log().accepted.end() && holds(found->second.header, header));
  }
  static bool prepared(const Disk& disk, const PrePrepareHeader& header) {
    const auto found = disk.log().prepared.find(header.n);
    return header.n <= low_watermark(disk) ||
           (found != disk.log().prepared.end() && holds(found->second.certificate.header, header));
  }
  /// It is on disk, and says no less than the disk does.
  static bool keeps_its_word(const Disk& disk, const ViewChange& message) {
    if (!disk.log().view_change || disk.log().view_change->view < message.view) return false;
    for (const auto& [n, prepared] : disk.log().prepared) {
      const PrePrepareHeader& header = prepared.certificate.header;
      if (n <= message.low_watermark || header.view >= message.view) continue;
      const bool listed = std::any_of(message.prepared.begin(), message.prepared.end(), [&](const auto& part) {
        return part.header.n == header.n && part.header.view >= header.view;
      });
      if (!listed) return false;
    }
    return true;
  }
  static bool reproducible(const Disk& disk, const Checkpoint& checkpoint) {
    if (!disk.log().own_checkpoints.contains(checkpoint.n) && low_watermark(disk) <= checkpoint.n) return false;
    if (!disk.promises_state()) return true;
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
