#include "replica/send_queue.h"

#include <algorithm>
#include <utility>

namespace quorate {

SendQueue::SendQueue(std::uint32_t replicas, ReplicaId self, Deliver deliver)
    : self_(self), deliver_(std::move(deliver)), queues_(replicas) {}

void SendQueue::to_replica(ReplicaId to, const FramePtr& frame, RecordNumber waits_for) {
  queues_[to.value].push_back({frame, waits_for});
  drain(to);
}

void SendQueue::to_all_others(const FramePtr& frame, RecordNumber waits_for) {
  for (std::uint32_t i = 0; i < queues_.size(); ++i) {
    if (ReplicaId(i) != self_) to_replica(ReplicaId(i), frame, waits_for);
  }
}

void SendQueue::release(RecordNumber durable) {
  durable_ = std::max(durable_, durable);
  for (std::uint32_t i = 0; i < queues_.size(); ++i) drain(ReplicaId(i));
}

RecordNumber SendQueue::awaited() const {
  RecordNumber highest;
  for (const auto& queue : queues_) {
    for (const Waiting& waiting : queue) highest = std::max(highest, waiting.record);
  }
  return highest > durable_ ? highest : RecordNumber();
}

void SendQueue::forget(ReplicaId peer) { queues_[peer.value].clear(); }

void SendQueue::drain(ReplicaId peer) {
  auto& queue = queues_[peer.value];
  while (!queue.empty() && queue.front().record <= durable_) {
    deliver_(peer, std::move(queue.front().frame));
    queue.pop_front();
  }
}

}  // namespace quorate
