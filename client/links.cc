#include "client/links.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/random.h"

namespace quorate {
namespace {

/// 20 ms, doubled for each failure up to 1 s; half of it is drawn, so that clients do not dial in step.
std::chrono::milliseconds backoff(std::uint32_t failures) {
  const std::uint64_t full = std::min<std::uint64_t>(1000, std::uint64_t{20} << std::min<std::uint32_t>(failures, 8));
  return std::chrono::milliseconds(full / 2 + random_u64() % (full / 2 + 1));
}

}  // namespace

Links::Links(const asio::any_io_executor& executor, const Identity& identity, std::vector<Address> addresses)
    : executor_(executor), identity_(identity), addresses_(std::move(addresses)) {
  links_.reserve(addresses_.size());
  for (std::size_t i = 0; i < addresses_.size(); ++i) links_.emplace_back(executor_);
}

void Links::start(const std::shared_ptr<void>& owner, OnFrames on_frames, OnChange on_change) {
  owner_ = owner;
  on_frames_ = std::move(on_frames);
  on_change_ = std::move(on_change);
  for (std::uint32_t i = 0; i < links_.size(); ++i) dial_replica(ReplicaId(i));
}

void Links::dial_replica(ReplicaId replica) {
  dial(executor_, identity_, replica, addresses_[replica.value], HelloOptions{},
       [this, keep = owner_.lock(), replica](Result<ConnectionPtr> connected) {
         if (stopped_) return;
         Link& link = links_[replica.value];
         if (connected) {
           link.failures = 0;
           return adopt(replica, *connected);
         }
         ++link.failures;
         dial_again(replica);
       });
}

void Links::dial_again(ReplicaId replica) {
  Link& link = links_[replica.value];
  link.retry.expires_after(backoff(link.failures));
  link.retry.async_wait([this, keep = owner_.lock(), replica](const asio::error_code& cancelled) {
    if (!cancelled && !stopped_) dial_replica(replica);
  });
}

void Links::adopt(ReplicaId replica, const ConnectionPtr& connection) {
  links_[replica.value].connection = connection;
  connection->start(
      [this, keep = owner_.lock(), replica](std::vector<Bytes> frames) {
        if (!stopped_) on_frames_(replica, std::move(frames));
      },
      [this, keep = owner_.lock(), replica](const std::string&) {
        if (stopped_) return;
        links_[replica.value].connection = nullptr;
        on_change_(replica, false);
        dial_again(replica);
      });
  on_change_(replica, true);
}

void Links::send(ReplicaId to, const FramePtr& frame) {
  if (const ConnectionPtr& connection = links_[to.value].connection) connection->send(frame);
}

void Links::stop() {
  stopped_ = true;
  for (Link& link : links_) {
    link.retry.cancel();
    if (auto connection = std::exchange(link.connection, nullptr)) connection->close();
  }
}

}  // namespace quorate
