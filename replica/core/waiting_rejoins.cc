#include "replica/core/waiting_rejoins.h"

#include <algorithm>
#include <utility>

namespace quorate {
namespace {

/// Each costs the cluster more than L slots: a liar that rejoins without end must not fill it with nothing else.
constexpr std::uint64_t rejoin_interval_us = 10'000'000;

}  // namespace

WaitingRejoins::WaitingRejoins(const Context& context, Admission& admission, const std::vector<RejoinMark>& marks)
    : context_(context), admission_(admission), marks_(context.quorums.replicas()) {
  installed(marks);
}

void WaitingRejoins::installed(const std::vector<RejoinMark>& marks) {
  for (const RejoinMark& mark : marks) marks_[mark.replica.value] = mark;
  drop_decided();
}

tl::expected<void, Reject> WaitingRejoins::admit(const Rejoin& rejoin, bool relayed) {
  const RejoinMark& mark = mark_of(rejoin.replica);
  const bool this_loss = mark.count != 0 && mark.nonce == rejoin.nonce;
  if (rejoin.count <= mark.count || this_loss) return tl::unexpected(Reject::already_executed);
  if (rejoin.count != mark.count + 1) return tl::unexpected(Reject::out_of_range);
  if (const auto held = waiting_.find(rejoin.replica); held != waiting_.end()) {
    if (held->second.rejoin == rejoin) return tl::unexpected(Reject::duplicate);
    if (relayed) return tl::unexpected(Reject::over_quota);
    drop(rejoin.replica);
  }
  const auto last = executed_.find(rejoin.replica);
  if (last != executed_.end() && context_.now.steady < last->second + rejoin_interval_us) {
    return tl::unexpected(Reject::over_quota);
  }
  waiting_.emplace(rejoin.replica, Waiting{rejoin, admission_.begin_waiting(), false});
  return {};
}

void WaitingRejoins::executed(const Executed& result, const Batch* batch) {
  for (const RejoinMark& mark : result.rejoins) {
    marks_[mark.replica.value] = mark;
    executed_[mark.replica] = context_.now.steady;
  }
  drop_decided();
  if (batch == nullptr) return;
  // One that executed as nothing was ordered all the same.
  for (const Rejoin& entry : batch->rejoins()) {
    const auto held = waiting_.find(entry.replica);
    if (held != waiting_.end() && held->second.rejoin == entry) drop(entry.replica);
  }
}

void WaitingRejoins::drop_decided() {
  for (const RejoinMark& mark : marks_) {
    const auto held = waiting_.find(mark.replica);
    if (held != waiting_.end() && held->second.rejoin.count <= mark.count) drop(mark.replica);
  }
}

void WaitingRejoins::drop(ReplicaId replica) {
  const auto held = waiting_.find(replica);
  admission_.end_waiting(held->second.arrival);
  waiting_.erase(held);
}

SequenceNumber WaitingRejoins::floor() const {
  SequenceNumber highest;
  for (const RejoinMark& mark : marks_) highest = std::max(highest, mark.floor);
  return highest;
}

std::optional<std::uint64_t> WaitingRejoins::arrival_of(const Rejoin& rejoin) const {
  const auto held = waiting_.find(rejoin.replica);
  const bool waits = held != waiting_.end() && held->second.rejoin == rejoin;
  return waits ? std::optional(held->second.arrival) : std::nullopt;
}

std::vector<Rejoin> WaitingRejoins::all() const {
  std::vector<Rejoin> all;
  for (const auto& [replica, waiting] : waiting_) all.push_back(waiting.rejoin);
  return all;
}

void WaitingRejoins::restart(const std::vector<Rejoin>& proposed) {
  for (auto& [replica, waiting] : waiting_) {
    waiting.proposed = std::find(proposed.begin(), proposed.end(), waiting.rejoin) != proposed.end();
  }
}

std::vector<Rejoin> WaitingRejoins::to_propose() {
  std::vector<Rejoin> next;
  for (auto& [replica, waiting] : waiting_) {
    if (std::exchange(waiting.proposed, true)) continue;
    next.push_back(waiting.rejoin);
  }
  return next;
}

}  // namespace quorate
