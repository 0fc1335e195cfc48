#include "replica/core/checkpoints.h"

#include <algorithm>
#include <utility>

#include "crypto/check.h"

namespace quorate {
namespace {

// CHECKPOINTs have no view: two loyal replicas may send one in different views.
VoteSet::Vote vote_of(const Checkpoint& vote) { return {View(), vote.root, vote.signature}; }

}  // namespace

Checkpoints::Checkpoints(Context& context, Outbox& outbox, Decisions& decisions)
    : context_(context), outbox_(outbox), decisions_(decisions) {}

void Checkpoints::restore(const LogImage& log, SequenceNumber state) {
  state_ = state;
  stable_ = log.stable;
  if (stable_) context_.low_watermark = stable_->n;
  for (const auto& [n, vote] : log.own_checkpoints) {
    if (n < context_.low_watermark) continue;
    own_.emplace(n, Own{vote, RecordNumber()});
    if (n > context_.low_watermark) votes_[n].add(context_.self, vote_of(vote));
  }
}

bool Checkpoints::step(const Checkpoint& vote) {
  if (!interval(vote.n)) {
    context_.reject(Reject::not_at_interval);
    return false;
  }
  if (!context_.may_keep(vote.n)) {
    context_.reject(Reject::out_of_range);
    return false;
  }
  switch (votes_[vote.n].add(vote.replica, vote_of(vote))) {
    case VoteSet::Added::yes:
      return stable_by_votes(vote.n, vote.root);
    case VoteSet::Added::held_already:
      context_.reject(Reject::duplicate);
      return false;
    case VoteSet::Added::conflicts:
      context_.reject(Reject::conflicting_vote);
      return false;
  }
  return false;
}

bool Checkpoints::step(const StableCheckpoint& proof) {
  if (!interval(proof.n)) {
    context_.reject(Reject::not_at_interval);
    return false;
  }
  if (proof.n <= context_.low_watermark) {
    context_.reject(Reject::duplicate);
    return false;
  }
  raise(proof);
  return true;
}

bool Checkpoints::count(const Checkpoint& own) {
  if (own.n <= context_.low_watermark) return false;
  votes_[own.n].add(own.replica, vote_of(own));
  return stable_by_votes(own.n, own.root);
}

bool Checkpoints::stable_by_votes(SequenceNumber n, const Digest& root) {
  const VoteSet& votes = votes_.at(n);
  const std::size_t quorum = context_.quorums.checkpoints_for_stable();
  if (votes.count(View(), root) < quorum) return false;
  raise({n, root, votes.certificate(View(), root, quorum)});
  return true;
}

void Checkpoints::raise(StableCheckpoint proof) {
  const SequenceNumber n = proof.n;
  check(n > context_.low_watermark, "h never goes down");
  context_.low_watermark = n;
  outbox_.record(StableRecord{proof});
  votes_.erase(votes_.begin(), votes_.upper_bound(n));
  own_.erase(own_.begin(), own_.lower_bound(n));
  if (const auto own = own_.find(n); own != own_.end() && n > repaired_) compare(n, own->second.vote.root, proof.root);
  stable_ = std::move(proof);
  collect();
}

void Checkpoints::collect() {
  const SequenceNumber bodies = std::max(decisions_.collected(), std::min(context_.low_watermark, state_));
  outbox_.record(CollectRecord{context_.low_watermark, bodies});
  if (bodies > decisions_.collected()) decisions_.collect(bodies);
}

void Checkpoints::checkpointed(SequenceNumber n, const Digest& root) {
  check(interval(n), "checkpoints are taken at multiples of K");
  if (stable_ && stable_->n == n) compare(n, root, stable_->root);
  if (n <= repaired_ || suspended_) return;
  if (const auto own = own_.find(n); own != own_.end()) return compare(n, root, own->second.vote.root);
  if (n > context_.low_watermark && diverged_.value == 0) vote(n, root);
}

void Checkpoints::vote(SequenceNumber n, const Digest& root) {
  Checkpoint vote{n, root, context_.self, {}};
  context_.signer.sign(vote);
  const RecordNumber record = outbox_.record(OwnCheckpointRecord{vote});
  own_.emplace(n, Own{vote, record});
  outbox_.vote(vote, record);
}

void Checkpoints::suspend() {
  suspended_ = true;
  state_ = SequenceNumber();
}

void Checkpoints::installed(SequenceNumber n, const Digest& root) {
  suspended_ = false;
  if (diverged_.value != 0) repaired_ = own_.empty() ? diverged_ : std::max(diverged_, own_.rbegin()->first);
  diverged_ = SequenceNumber();
  state_ = n;
  if (std::min(context_.low_watermark, state_) > decisions_.collected()) collect();
  // Laggards who need this checkpoint find one vote more.
  if (n >= context_.low_watermark && n > repaired_ && !own_.contains(n)) vote(n, root);
}

void Checkpoints::compare(SequenceNumber n, const Digest& ours, const Digest& theirs) {
  if (ours != theirs && diverged_.value == 0) diverged_ = n;
}

void Checkpoints::state_durable(SequenceNumber s) {
  if (suspended_) return;
  check(s >= state_, "the durable state never goes back");
  state_ = s;
  if (std::min(context_.low_watermark, state_) > decisions_.collected()) collect();
}

bool Checkpoints::wants(const VoteHeader& header) const {
  if (!interval(header.n)) return false;
  if (header.type == MessageType::stable_checkpoint) return header.n > context_.low_watermark;
  if (!context_.may_keep(header.n)) return false;
  const auto votes = votes_.find(header.n);
  return votes == votes_.end() || !votes->second.holds(header.replica);
}

void Checkpoints::return_vote(SequenceNumber last_executed, ReplicaId peer) {
  for (auto votes = votes_.rbegin(); votes != votes_.rend() && votes->first > last_executed; ++votes) {
    const VoteSet::Vote* vote = votes->second.find(peer);
    if (vote != nullptr) return outbox_.send(peer, Checkpoint{votes->first, vote->digest, peer, vote->signature});
  }
}

void Checkpoints::send_later_than(SequenceNumber low_watermark, ReplicaId peer) {
  if (stable_ && stable_->n > low_watermark) outbox_.send(peer, *stable_);
  for (const auto& [n, own] : own_) {
    if (n > low_watermark) outbox_.send(peer, own.vote, own.record);
  }
}

}  // namespace quorate
