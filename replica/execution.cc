#include "replica/execution.h"

#include <iterator>
#include <utility>

namespace quorate {

Execution::Execution(const Genesis& genesis, Core& core, Service& service, StateStore& state, StateThread& thread,
                     Answers& answers)
    : checkpoint_interval_(genesis.checkpoint_interval),
      core_(core),
      service_(service),
      state_(state),
      thread_(thread),
      answers_(answers) {}

void Execution::add(std::vector<Execute> slots) {
  waiting_.insert(waiting_.end(), std::make_move_iterator(slots.begin()), std::make_move_iterator(slots.end()));
}

bool Execution::paused() const { return thread_.commits_waiting() >= checkpoints_waiting_max; }

bool Execution::work() {
  bool worked = false;
  while (!waiting_.empty() && !paused()) {
    execute(waiting_.front());
    waiting_.pop_front();
    worked = true;
  }
  return worked;
}

void Execution::execute(const Execute& slot) {
  const ExecutedBatch batch = service_.execute(slot.n, slot.digest, slot.batch.get());
  Executed result;
  result.n = slot.n;
  result.operations.reserve(batch.leaves.size());
  for (const Leaf& leaf : batch.leaves) result.operations.push_back({leaf.client, leaf.timestamp});
  result.rejoins = batch.rejoins;
  core_.executed(result);
  state_.append(batch.block);
  answers_.executed(batch);
  thread_.executed();
  if (slot.n.value % checkpoint_interval_ != 0) return;
  service_.write_checkpoint();
  thread_.commit(state_.freeze(slot.n));
}

}  // namespace quorate
