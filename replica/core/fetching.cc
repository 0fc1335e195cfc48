#include "replica/core/fetching.h"

#include <algorithm>

#include "messages/limits.h"

namespace quorate {
namespace {

/// A peer is not served more often than this, and does not ask more often than twice this.
constexpr std::uint64_t serve_interval_us = 10'000;
constexpr std::uint64_t ask_interval_us = 2 * serve_interval_us;
/// A replica this many slots behind what a peer had executed is not merely slow to hear.
constexpr std::uint64_t far_behind = 16;
constexpr std::size_t served_bytes_max = 16 * 1024 * 1024;

}  // namespace

Fetching::Fetching(Context& context, Outbox& outbox, Decisions& decisions)
    : context_(context), outbox_(outbox), decisions_(decisions), peers_(context.quorums.replicas()) {}

void Fetching::learn(ReplicaId peer, SequenceNumber last_executed) {
  // A peer that restarted may have executed less than it said before.
  peers_[peer.value].last_executed = last_executed;
}

bool Fetching::expected(SequenceNumber n) const { return asked_ && asked_->first <= n && n <= asked_->last; }

bool Fetching::wants(SequenceNumber n) const {
  return !decisions_.decided(n) && !decisions_.too_far(n) && (expected(n) || context_.may_keep(n));
}

void Fetching::step(const CommittedBatch& batch, bool body_logged) {
  const SequenceNumber n = batch.certificate.n;
  if (decisions_.decided(n)) return context_.reject(Reject::duplicate);
  if (!wants(n)) return context_.reject(Reject::not_wanted);
  decisions_.decide(batch.certificate, batch.batch, body_logged);
  if (expected(n)) asked_->deadline = context_.now.steady + context_.options.status_interval_us;
}

void Fetching::step(const Fetch& fetch) {
  if (fetch.first.value == 0 || fetch.count == 0) return context_.reject(Reject::out_of_range);
  Peer& peer = peers_[fetch.replica.value];
  const SteadyTime now = context_.now.steady;
  if (peer.served && now < *peer.served + serve_interval_us) return context_.reject(Reject::over_quota);
  peer.served = now;
  const std::uint32_t count = std::min(fetch.count, context_.options.fetch_batches_max);
  const SequenceNumber collected = decisions_.collected();
  std::uint32_t retained = 0;
  if (fetch.first <= collected) {
    retained = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, collected - fetch.first + 1));
    outbox_.next().serves.push_back({fetch.replica, fetch.first, retained});
  }
  std::size_t bytes = 0;
  for (std::uint32_t i = retained; i < count && bytes < served_bytes_max; ++i) {
    const CommittedBatch* batch = decisions_.find(fetch.first + i);
    if (batch == nullptr) return;
    outbox_.send(fetch.replica, *batch);
    bytes += batch->batch ? batch->batch->body().size() : 0;
  }
}

SequenceNumber Fetching::frontier() const {
  SequenceNumber highest;
  for (const Peer& peer : peers_) highest = std::max(highest, peer.last_executed);
  return highest;
}

std::size_t Fetching::ahead() const {
  const auto count = std::ranges::count_if(
      peers_, [this](const Peer& peer) { return peer.last_executed >= decisions_.first_missing(); });
  return static_cast<std::size_t>(count);
}

bool Fetching::behind() const { return ahead() >= context_.quorums.weak_quorum(); }

bool Fetching::hopeless() const { return unanswered_ != 0 && unanswered_ >= ahead(); }

SteadyTime Fetching::worth_asking() const {
  const SequenceNumber missing = decisions_.first_missing();
  if (missing <= context_.low_watermark || frontier() - missing >= far_behind) return not_before_;
  const SteadyTime patience_ends = stuck_since_ + context_.options.status_interval_us / 4;
  return stuck_at_ == missing ? std::max(not_before_, patience_ends) : context_.now.steady;
}

void Fetching::settle() {
  const SequenceNumber missing = decisions_.first_missing();
  if (stuck_at_ != missing) {
    stuck_at_ = missing;
    stuck_since_ = context_.now.steady;
    unanswered_ = 0;
  }
  if (!asked_) return;
  const bool answered = missing > asked_->last;
  if (!answered && context_.now.steady < asked_->deadline) return;
  if (!answered) {
    turn_ = asked_->peer.value + 1;
    ++unanswered_;
  }
  asked_.reset();
}

void Fetching::tick() {
  settle();
  if (asked_ || frontier() < decisions_.first_missing() || context_.now.steady < worth_asking()) return;
  ask();
}

void Fetching::ask() {
  const SequenceNumber missing = decisions_.first_missing();
  const std::uint32_t replicas = context_.quorums.replicas();
  for (std::uint32_t i = 0; i < replicas; ++i) {
    const ReplicaId peer((turn_ + i) % replicas);
    const SequenceNumber theirs = peers_[peer.value].last_executed;
    if (peer == context_.self || theirs < missing) continue;
    const SteadyTime now = context_.now.steady;
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(context_.options.fetch_batches_max, theirs - missing + 1));
    asked_ = Asked{peer, missing, missing + (count - 1), now + context_.options.status_interval_us};
    not_before_ = now + ask_interval_us;
    turn_ = peer.value;
    Fetch fetch{context_.self, missing, count, {}};
    context_.signer.sign(fetch);
    return outbox_.send(peer, fetch);
  }
}

std::optional<SteadyTime> Fetching::next() const {
  if (asked_) return asked_->deadline;
  if (frontier() < decisions_.first_missing()) return std::nullopt;
  return std::max(worth_asking(), context_.now.steady + 1);
}

}  // namespace quorate
