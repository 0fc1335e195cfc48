#include "replica/core/status_exchange.h"

#include <algorithm>

namespace quorate {
namespace {

constexpr std::uint64_t backoff_max = 8;
/// No peer is answered more often; a STATUS that comes sooner is repeated by its sender anyway.
constexpr std::uint64_t answer_interval_us = 20'000;
/// Bodies sent for one STATUS.
constexpr std::size_t answer_bytes_max = 4 * 1024 * 1024;

bool bit(const Bytes& bitmap, std::uint64_t i) { return (bitmap[i / 8] >> (i % 8) & 1U) != 0; }
void set_bit(Bytes& bitmap, std::uint64_t i) {
  bitmap[i / 8] = static_cast<std::uint8_t>(bitmap[i / 8] | 1U << (i % 8));
}

/// True when a STATUS says that n is done; slots at or below its h are, those beyond its H are of no use to it.
bool done(const Status& status, const Bytes& bitmap, SequenceNumber n) {
  if (n <= status.low_watermark) return true;
  const std::uint64_t i = n - status.low_watermark - 1;
  return i >= bitmap.size() * 8 || bit(bitmap, i);
}

}  // namespace

StatusExchange::StatusExchange(Context& context, Outbox& outbox, const Decisions& decisions, const Slots& slots,
                               Checkpoints& checkpoints, ViewChanges& view_changes)
    : context_(context),
      outbox_(outbox),
      decisions_(decisions),
      slots_(slots),
      checkpoints_(checkpoints),
      view_changes_(view_changes),
      peers_(context.quorums.replicas()) {}

Status StatusExchange::status() const {
  const std::size_t bytes = (context_.genesis.log_window + 7) / 8;
  Status status;
  status.replica = context_.self;
  status.view = context_.view;
  status.active = context_.active;
  status.low_watermark = context_.low_watermark;
  status.last_executed = decisions_.last_executed();
  status.accepted = status.prepared = status.committed = Bytes(bytes);
  for (std::uint64_t i = 0; i < context_.genesis.log_window; ++i) {
    const SequenceNumber n = context_.low_watermark + (i + 1);
    const bool decided = decisions_.decided(n);
    const Slot* slot = slots_.find(n);
    if (decided || (slot != nullptr && slot->accepted)) set_bit(status.accepted, i);
    if (decided || (slot != nullptr && slot->prepared)) set_bit(status.prepared, i);
    if (decided) set_bit(status.committed, i);
  }
  context_.signer.sign(status);
  return status;
}

void StatusExchange::connected(ReplicaId peer) {
  peers_[peer.value] = {};
  outbox_.send(peer, status());
}

void StatusExchange::tick(bool pending) {
  const std::uint64_t progress = slots_.progress() + decisions_.last_executed().value + context_.low_watermark.value;
  const bool moved = progress != seen_progress_;
  if (moved || pending) {
    if (backoff_ > 1) next_ = std::min(next_, context_.now.steady + context_.options.status_interval_us);
    backoff_ = 1;
  }
  if (context_.now.steady < next_) return;
  outbox_.send(ToAllReplicas{}, status());
  next_ = context_.now.steady + context_.options.status_interval_us * backoff_;
  if (!moved && !pending) backoff_ = std::min(backoff_ * 2, backoff_max);
  seen_progress_ = progress;
}

void StatusExchange::step(const Status& theirs) {
  Peer& peer = peers_[theirs.replica.value];
  const SteadyTime now = context_.now.steady;
  if (peer.answered && now < *peer.answered + answer_interval_us) return context_.reject(Reject::over_quota);
  checkpoints_.send_later_than(theirs.low_watermark, theirs.replica);
  view_changes_.send_to(theirs.replica, theirs.view, theirs.active);
  if (context_.active && theirs.active && theirs.view == context_.view) send_slots(peer, theirs);
  return_votes(theirs);
  peer = {theirs, now};
}

void StatusExchange::return_votes(const Status& theirs) {
  const ReplicaId peer = theirs.replica;
  checkpoints_.return_vote(theirs.last_executed, peer);
  view_changes_.return_vote(theirs.view, peer);
  if (theirs.view > slots_.view()) return;
  const auto forgotten = [&](const Bytes& bitmap, SequenceNumber n) {
    if (n <= theirs.low_watermark) return false;
    const bool beyond = n - theirs.low_watermark > context_.genesis.log_window;
    return theirs.view < slots_.view() || beyond || !done(theirs, bitmap, n);
  };
  bool sought_proposal = context_.quorums.primary_of(slots_.view()) == peer;
  bool sought_prepare = true;
  bool sought_commit = true;
  const SequenceNumber last = context_.high_watermark() + context_.genesis.checkpoint_interval;
  for (SequenceNumber n = last; n > context_.low_watermark; n = n - 1) {
    const Slot* slot = slots_.find(n);
    if (slot == nullptr) continue;
    if (sought_proposal && slot->accepted) {
      sought_proposal = false;
      if (forgotten(theirs.accepted, n)) outbox_.send(peer, *slot->accepted, slot->accepted_record);
    }
    if (const VoteSet::Vote* vote = slot->prepares.find(peer); vote != nullptr && sought_prepare) {
      sought_prepare = false;
      if (forgotten(theirs.accepted, n)) {
        outbox_.send(peer, Prepare{vote->view, n, vote->digest, peer, vote->signature});
      }
    }
    if (const VoteSet::Vote* vote = slot->commits.find(peer); vote != nullptr && sought_commit) {
      sought_commit = false;
      if (forgotten(theirs.prepared, n)) {
        outbox_.send(peer, Commit{vote->view, n, vote->digest, peer, vote->signature});
      }
    }
  }
}

void StatusExchange::send_slots(const Peer& peer, const Status& theirs) {
  std::size_t bytes = 0;
  const SequenceNumber from = std::max(theirs.low_watermark, context_.low_watermark);
  for (SequenceNumber n = from + 1; context_.may_keep(n) && bytes < answer_bytes_max; ++n) {
    const Slot* slot = slots_.find(n);
    if (slot == nullptr || done(theirs, theirs.committed, n)) continue;
    const bool missed_before = peer.last && !done(*peer.last, peer.last->accepted, n);
    bytes += send_slot(n, *slot, theirs, missed_before || (!peer.last && context_.is_primary()));
  }
}

std::size_t StatusExchange::send_slot(SequenceNumber n, const Slot& slot, const Status& theirs, bool body) {
  std::size_t bytes = 0;
  if (body && slot.accepted && !done(theirs, theirs.accepted, n)) {
    outbox_.send(theirs.replica, *slot.accepted, slot.accepted_record);
    bytes = slot.accepted->batch ? slot.accepted->batch->body().size() : 0;
  }
  if (slot.own_prepare && !done(theirs, theirs.prepared, n)) {
    outbox_.send(theirs.replica, *slot.own_prepare, slot.accepted_record);
  }
  if (slot.own_commit) outbox_.send(theirs.replica, *slot.own_commit, slot.prepared_record);
  return bytes;
}

}  // namespace quorate
