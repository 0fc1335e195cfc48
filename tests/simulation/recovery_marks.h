// Notes the edges of recovery (marks.h) as they can be seen from outside: from the disk, the messages and the status.
#pragma once

#include <map>
#include <optional>

#include "tests/simulation/marks.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class RecoveryMarks final : public Observer {
 public:
  RecoveryMarks(const WholeCluster& all, Marks& marks) : all_(all), marks_(marks) {}

  void restarted(ReplicaId replica, SequenceNumber state) override;
  void crashed(ReplicaId replica) override;
  void durable(ReplicaId replica, const LogRecord& record) override;
  void sent(ReplicaId replica, const Message& message) override;
  void installed(ReplicaId replica, SequenceNumber n) override;
  void looked_at(ReplicaId replica, const CoreStatus& status) override;

 private:
  /// What was last seen of a life.
  struct Seen {
    bool mute = false;
    bool rejoin_executed = false;
    bool transferring = false;
    SequenceNumber state_durable;
    SequenceNumber queried;  // the checkpoint that was last asked for
    View entered;
    std::optional<View> left;
  };
  void look_at_log(const LogImage& log, SequenceNumber state);
  void look_at_new_view(ReplicaId replica, const NewView& new_view);

  WholeCluster all_;
  Marks& marks_;
  std::map<ReplicaId, Seen> seen_;
};

}  // namespace quorate::simulation
