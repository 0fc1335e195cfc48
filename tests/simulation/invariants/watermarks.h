// I14 and I15: h is a multiple of K and never goes down; views never go back; nobody's state is wrong.
#pragma once

#include <map>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class Watermarks final : public Observer {
 public:
  explicit Watermarks(const WholeCluster& all) : all_(all) {}

  void restarted(ReplicaId replica, SequenceNumber) override {
    const LogImage& log = all_.disks[replica.value]->log();
    const View left = log.view_change ? log.view_change->view : View();
    const View entered = log.new_view ? log.new_view->view : View();
    seen_[replica] = {log.stable ? log.stable->n : SequenceNumber(), std::max(left, entered)};
  }
  void looked_at(ReplicaId replica, const CoreStatus& status) override {
    auto& [low_watermark, view] = seen_[replica];
    const bool whole = status.low_watermark.value % all_.genesis->checkpoint_interval == 0;
    if (!whole || status.low_watermark < low_watermark) {
      throw Broken("I14 h is a multiple of K and never goes down: " + name(replica) + " moved it from " +
                   name(low_watermark) + " to " + name(status.low_watermark));
    }
    if (status.view < view) throw Broken("I15 views never go back: " + name(replica));
    if (status.diverged.value != 0) throw Broken("I12: " + name(replica) + " diverged at " + name(status.diverged));
    low_watermark = status.low_watermark;
    view = status.view;
  }

 private:
  struct Seen {
    SequenceNumber low_watermark;
    View view;
  };
  WholeCluster all_;
  std::map<ReplicaId, Seen> seen_;
};

}  // namespace quorate::simulation
