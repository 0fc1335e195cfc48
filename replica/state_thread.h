// Threads of what is slow and what ordering must not wait for: one writes checkpoints of the state, the other reads
// retained batches, since a laggard that waited for a checkpoint would give up asking.
#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "replica/commit_pace.h"
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

  /// Computes the root over a frozen checkpoint and makes it durable, in order. It takes its time (commit_pace.h) as
  /// long as no other work waits. A failed write ends the process.
  void commit(StateStore::Frozen frozen);
  /// Checkpoints handed in and not committed yet.
  std::size_t commits_waiting() const { return frozen_.size(); }
  /// What its pace follows: a slot was executed just now; the connection to a peer was lost.
  void executed();
  void peer_lost();
  /// Reads committed batches for a laggard. Refused (false) while as many reads as are allowed are waiting.
  bool read_retained(SequenceNumber first, std::uint32_t count, OnRead on_read);
  /// Runs some other work on the state, after the checkpoint that is being written.
  void run(std::function<void()> work);
  /// Ends the threads after the jobs under way. What waits is dropped: a restart replays it from the log.
  void stop();

 private:
  void count_job();
  void post(std::function<void()> counted);
  void write_oldest();
  void write(const StateStore::Frozen& frozen);
  void settle_oldest();
  void rest();

  asio::io_context& main_;
  StateStore& state_;
  const LogStore& log_;
  OnRoot on_root_;
  OnCommitted on_committed_;
  asio::thread_pool thread_{1};
  asio::thread_pool reading_thread_{1};
  std::deque<StateStore::Frozen> frozen_;  // the oldest is being written
  std::size_t reads_waiting_ = 0;
  LogLimit read_failures_;  // of the main thread
  CommitPace pace_;         // of the writing thread
  std::atomic<SteadyTime> executed_at_ = SteadyTime();
  std::atomic<SteadyTime> peer_lost_at_ = SteadyTime();
  std::mutex mutex_;
  std::condition_variable hurry_;
  std::size_t jobs_ = 0;   // handed in for the writing thread and not done; under the mutex
  bool stopping_ = false;  // under the mutex
};

}  // namespace quorate
