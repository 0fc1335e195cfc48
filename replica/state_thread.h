// The thread of slow reads and writes that ordering must not wait for: checkpoints of the state, and retained batches.
#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <vector>

#include "replica/log_limit.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"

namespace quorate {

class StateThread {
 public:
  using OnRoot = std::function<void(SequenceNumber n, const Digest& root)>;
  using OnCommitted = std::function<void(const StateStore::Frozen&)>;
  using OnRead = std::function<void(std::vector<CommittedBatch>)>;

  /// The stores must outlive this object. Callbacks run on the main thread.
  StateThread(asio::io_context& main, StateStore& state, const LogStore& log, OnRoot on_root, OnCommitted on_committed);
  ~StateThread();

  /// Computes the root over a frozen checkpoint and makes it durable, in order. A failed write ends the process.
  void commit(StateStore::Frozen frozen);
  /// Checkpoints handed in and not committed yet.
  std::size_t commits_waiting() const { return commits_waiting_; }
  /// Reads committed batches for a laggard. Refused (false) while as many reads as are allowed are waiting.
  bool read_retained(SequenceNumber first, std::uint32_t count, OnRead on_read);
  /// Runs some other work on the state, after what was handed in before.
  void run(std::function<void()> work);
  /// Ends the thread after the job under way. What waits is dropped: a restart replays it from the log.
  void stop();

 private:
  asio::io_context& main_;
  StateStore& state_;
  const LogStore& log_;
  OnRoot on_root_;
  OnCommitted on_committed_;
  asio::thread_pool thread_{1};
  std::size_t commits_waiting_ = 0;
  std::size_t reads_waiting_ = 0;
  LogLimit read_failures_;  // of the main thread
};

}  // namespace quorate
