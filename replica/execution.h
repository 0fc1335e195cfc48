// Committed slots into the service, in order; answers out; at each n = mK a checkpoint to the state's thread.
//
// When the state's disk falls behind by several checkpoints, execution pauses: so the frozen overlays in memory stay
// few, and the core's pipeline slows the cluster's intake down.
#pragma once

#include <deque>
#include <vector>

#include "replica/answers.h"
#include "replica/state_thread.h"

namespace quorate {

class Execution {
 public:
  static constexpr std::size_t checkpoints_waiting_max = 4;

  /// All that is passed must outlive this object.
  Execution(const Genesis& genesis, Core& core, Service& service, StateStore& state, StateThread& thread,
            Answers& answers);

  void add(std::vector<Execute> slots);
  /// What is waiting is void.
  void forget() { waiting_.clear(); }
  /// Executes what is waiting and tells the core. False when there was nothing that could be done.
  bool work();
  /// The state's disk is several checkpoints behind.
  bool paused() const;

 private:
  void execute(const Execute& slot);

  std::uint64_t checkpoint_interval_;
  Core& core_;
  Service& service_;
  StateStore& state_;
  StateThread& thread_;
  Answers& answers_;
  std::deque<Execute> waiting_;
};

}  // namespace quorate
