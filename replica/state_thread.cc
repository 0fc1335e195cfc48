#include "replica/state_thread.h"

#include <spdlog/spdlog.h>

#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "replica/failed_write.h"
#include "replica/moment_now.h"

namespace quorate {
namespace {

constexpr std::size_t reads_waiting_max = 16;
constexpr std::size_t read_bytes_max = 4 * 1024 * 1024;

}  // namespace

StateThread::StateThread(asio::io_context& main, StateStore& state, const LogStore& log, OnRoot on_root,
                         OnCommitted on_committed)
    : main_(main), state_(state), log_(log), on_root_(std::move(on_root)), on_committed_(std::move(on_committed)) {}

StateThread::~StateThread() { stop(); }

void StateThread::commit(StateStore::Frozen frozen) {
  count_job();
  frozen_.push_back(std::move(frozen));
  if (frozen_.size() == 1) write_oldest();
}

void StateThread::write_oldest() {
  post([this, frozen = frozen_.front()] {
    write(frozen);
    asio::post(main_, [this] { settle_oldest(); });
  });
}

// The next one is begun only now: a commit below which reads still see the one before must write to new pages.
void StateThread::settle_oldest() {
  const StateStore::Frozen frozen = std::move(frozen_.front());
  frozen_.pop_front();
  const bool more = !frozen_.empty();
  on_committed_(frozen);
  run([this, frozen] {
    pace_.rested(moment_now().steady);
    StateStore::give_back(frozen, [this] { rest(); });
  });
  if (more) write_oldest();
}

void StateThread::write(const StateStore::Frozen& frozen) {
  const auto on_root = [this, n = frozen.n](const Digest& root) {
    asio::post(main_, [this, n, root] { on_root_(n, root); });
  };
  pace_.begin(StateStore::changes(frozen), moment_now().steady);
  const auto written = state_.commit(frozen, on_root, [this] { rest(); });
  if (!written) end_after_failed_write("state", written.error());
  pace_.end(moment_now().steady);
}

void StateThread::executed() { executed_at_ = moment_now().steady; }
void StateThread::peer_lost() { peer_lost_at_ = moment_now().steady; }

void StateThread::rest() {
  const std::uint64_t us = pace_.rest_us(moment_now().steady, {executed_at_, peer_lost_at_});
  if (us == 0) return;
  std::unique_lock lock(mutex_);
  hurry_.wait_for(lock, std::chrono::microseconds(us), [this] { return jobs_ > 1 || stopping_; });
  pace_.rested(moment_now().steady);
}

bool StateThread::read_retained(SequenceNumber first, std::uint32_t count, OnRead on_read) {
  if (reads_waiting_ >= reads_waiting_max) return false;
  ++reads_waiting_;
  asio::post(reading_thread_, [this, first, count, on_read = std::move(on_read)]() mutable {
    auto batches = log_.read_retained(first, count, read_bytes_max);
    asio::post(main_, [this, on_read = std::move(on_read), batches = std::move(batches)]() mutable {
      --reads_waiting_;
      if (!batches && read_failures_.take(moment_now().steady)) {
        spdlog::error("cannot read retained batches: {}", batches.error().message);
      }
      on_read(batches ? std::move(*batches) : std::vector<CommittedBatch>());
    });
  });
  return true;
}

void StateThread::run(std::function<void()> work) {
  count_job();
  post(std::move(work));
}

void StateThread::count_job() {
  {
    const std::scoped_lock lock(mutex_);
    ++jobs_;
  }
  hurry_.notify_one();
}

void StateThread::post(std::function<void()> counted) {
  asio::post(thread_, [this, counted = std::move(counted)] {
    counted();
    const std::scoped_lock lock(mutex_);
    --jobs_;
  });
}

void StateThread::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  hurry_.notify_one();
  reading_thread_.stop();
  reading_thread_.join();
  thread_.stop();
  thread_.join();
}

}  // namespace quorate
