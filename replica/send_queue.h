// Frames to peers that wait until the record behind them is durable. Nothing leaves before what it promises is on disk.
//
// Each destination has its own order: a frame that waits holds back what was queued behind it for the same peer, and
// nothing else. Pure: sockets are behind the `deliver` function.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "messages/transport.h"
#include "replica/core/log_record.h"

namespace quorate {

class SendQueue {
 public:
  using Deliver = std::function<void(ReplicaId, FramePtr)>;

  SendQueue(std::uint32_t replicas, ReplicaId self, Deliver deliver);

  void to_replica(ReplicaId to, const FramePtr& frame, RecordNumber waits_for);
  void to_all_others(const FramePtr& frame, RecordNumber waits_for);
  /// All records up to this one are durable: delivers what may leave now.
  void release(RecordNumber durable);
  /// The highest record that a frame waits for; 0 if none waits.
  RecordNumber awaited() const;
  /// Forgets what waits for a peer whose connection is gone: it would be lost on the way in any case.
  void forget(ReplicaId peer);

 private:
  struct Waiting {
    FramePtr frame;
    RecordNumber record;
  };
  void drain(ReplicaId peer);

  ReplicaId self_;
  Deliver deliver_;
  RecordNumber durable_;
  std::vector<std::deque<Waiting>> queues_;  // index = ReplicaId
};

}  // namespace quorate
