#include "replica/core/slots.h"

#include <algorithm>
#include <utility>

#include "crypto/check.h"

namespace quorate {

Slots::Slots(Context& context, Outbox& outbox, Decisions& decisions, Bodies& bodies)
    : context_(context), outbox_(outbox), decisions_(decisions), bodies_(bodies), early_(context.quorums.replicas()) {}

void Slots::restore(const LogImage& log) {
  const auto vote_of = [&](const PrePrepareHeader& header, const Signature& signature) {
    return VoteSet::Vote{header.view, header.digest, signature};
  };
  if (log.new_view) view_ = log.new_view->view;
  for (const auto& [n, accepted] : log.accepted) {
    const PrePrepareHeader& header = accepted.header;
    if (!context_.may_keep(n) || header.view != view_) continue;
    Slot& slot = slots_[n];
    slot.accepted = accepted;
    if (context_.quorums.primary_of(header.view) == context_.self || context_.mute) continue;
    slot.own_prepare = Prepare{header.view, n, header.digest, context_.self, {}};
    context_.signer.sign(*slot.own_prepare);
    slot.prepares.add(context_.self, vote_of(header, slot.own_prepare->signature));
  }
  for (const auto& [n, prepared] : log.prepared) {
    if (!context_.may_keep(n)) continue;
    Slot& slot = slots_[n];
    slot.certificate = prepared;
    const PrePrepareHeader& header = prepared.certificate.header;
    if (header.view != view_) continue;
    slot.prepared = true;
    for (const SignedBy& part : prepared.certificate.prepares) {
      slot.prepares.add(part.replica, vote_of(header, part.signature));
    }
    if (context_.mute) continue;
    slot.own_commit = Commit{header.view, n, header.digest, context_.self, {}};
    context_.signer.sign(*slot.own_commit);
    slot.commits.add(context_.self, vote_of(header, slot.own_commit->signature));
  }
  if (!log.new_view || !context_.active) return;
  for (const SignedHeader& header : log.new_view->pre_prepares) {
    // What the crash cut off: the header is in the log, its acceptance not yet.
    const auto older = log.accepted.find(header.header.n);
    if (older != log.accepted.end() && older->second.header.digest == header.header.digest) {
      old_bodies_.emplace(header.header.n, older->second.batch);
    }
    if (context_.may_keep(header.header.n)) demand(header);
  }
  old_bodies_.clear();
}

// --- a view begins ---

void Slots::enter(const NewView& new_view) {
  view_ = new_view.view;
  held_.clear();
  clock_skew_.reset();
  old_bodies_.clear();
  std::map<SequenceNumber, Slot> old = std::exchange(slots_, {});
  for (auto& [n, slot] : old) {
    if (!context_.may_keep(n)) continue;
    if (slot.accepted && slot.accepted->batch) old_bodies_.emplace(n, slot.accepted->batch);
    if (slot.certificate) slots_[n].certificate = std::move(slot.certificate);
  }
  for (const SignedHeader& header : new_view.pre_prepares) {
    if (context_.may_keep(header.header.n)) demand(header);
  }
  old_bodies_.clear();
  ++progress_;
  for (auto& votes : early_) {
    for (const auto& vote : std::exchange(votes, {})) {
      std::visit([this](const auto& early) { step(early); }, vote);
    }
  }
}

// O is not judged again: q replicas made certificates of what it names (OSDI'99 section 4.4).
void Slots::demand(const SignedHeader& demanded) {
  const PrePrepareHeader& header = demanded.header;
  Slot& slot = slots_[header.n];
  if (slot.accepted) return;
  const BatchPtr batch = body(header.n, header.digest);
  if (batch || header.digest == null_digest()) {
    accept(slot, {header, demanded.signature, batch});
    return advance(header.n, slot);
  }
  slot.awaited = header;
  slot.awaited_signature = demanded.signature;
  bodies_.need(header.n, header.digest);
}

void Slots::body_arrived(const BatchBody& arrived) {
  const auto found = slots_.find(arrived.n);
  if (found == slots_.end()) return;
  Slot& slot = found->second;
  if (!context_.active || !slot.awaited || slot.awaited->digest != arrived.digest) return;
  accept(slot, {*slot.awaited, slot.awaited_signature, arrived.batch});
  advance(arrived.n, slot);
}

std::vector<PreparedCertificate> Slots::certificates() const {
  std::vector<PreparedCertificate> all;
  for (const auto& [n, slot] : slots_) {
    if (slot.certificate && context_.in_window(n)) all.push_back(slot.certificate->certificate);
  }
  return all;
}

BatchPtr Slots::body(SequenceNumber n, const Digest& digest) const {
  const Slot* slot = find(n);
  if (slot != nullptr && slot->accepted && slot->accepted->header.digest == digest) return slot->accepted->batch;
  if (slot != nullptr && slot->certificate && slot->certificate->certificate.header.digest == digest) {
    return slot->certificate->batch;
  }
  const auto old = old_bodies_.find(n);
  if (old != old_bodies_.end() && old->second && old->second->digest() == digest) return old->second;
  const CommittedBatch* decided = decisions_.find(n);
  if (decided != nullptr && decided->certificate.digest == digest) return decided->batch;
  return bodies_.find(n, digest);
}

// --- what arrives ---

bool Slots::wrong_place(View view, SequenceNumber n) {
  if (view != view_) {
    context_.reject(Reject::wrong_view);
    return true;
  }
  if (!context_.may_keep(n)) {
    context_.reject(Reject::out_of_range);
    return true;
  }
  return false;
}

/// Keeps a vote for a view that is about to begin here: as many as one peer can usefully send.
template <typename Vote>
bool Slots::keep_early(const Vote& vote) {
  const bool next = vote.view > view_ && vote.view <= context_.view + 1;
  auto& votes = early_[vote.replica.value];
  const std::uint64_t votes_max = 2 * (context_.genesis.log_window + context_.genesis.checkpoint_interval);
  if (!next || votes.size() >= votes_max) return false;
  votes.emplace_back(vote);
  return true;
}

void Slots::step(const PrePrepare& message) {
  const auto& [view, n, digest] = message.header;
  if (wrong_place(view, n)) return;
  if (!context_.active) return context_.reject(Reject::wrong_view);
  if (context_.is_primary()) return context_.reject(Reject::own_message);
  Slot& slot = slots_[n];
  if (slot.accepted) {
    return context_.reject(slot.accepted->header.digest == digest ? Reject::duplicate : Reject::conflicting_digest);
  }
  if (slot.awaited) {
    if (slot.awaited->digest != digest) return context_.reject(Reject::conflicting_digest);
    accept(slot, message);
    return advance(n, slot);
  }
  if (decisions_.decided(n)) return context_.reject(Reject::duplicate);
  if (!context_.in_window(n)) return hold(message, Reject::out_of_range);
  compare_clocks(message, slot);
  if (!time_acceptable(message, slot)) return hold(message, Reject::time_ahead);
  accept(slot, message);
  advance(n, slot);
}

void Slots::step(const Prepare& vote) {
  if (keep_early(vote) || wrong_place(vote.view, vote.n)) return;
  if (!context_.active) return context_.reject(Reject::wrong_view);
  if (vote.replica == context_.primary()) return context_.reject(Reject::primary_prepared);
  Slot& slot = slots_[vote.n];
  if (!keep(slot.prepares, vote.replica, {vote.view, vote.digest, vote.signature})) return;
  release_held(vote.n, slot);
  advance(vote.n, slot);
}

void Slots::step(const Commit& vote) {
  if (keep_early(vote) || wrong_place(vote.view, vote.n)) return;
  Slot& slot = slots_[vote.n];
  if (!keep(slot.commits, vote.replica, {vote.view, vote.digest, vote.signature})) return;
  advance(vote.n, slot);
}

bool Slots::keep(VoteSet& votes, ReplicaId signer, const VoteSet::Vote& vote) {
  switch (votes.add(signer, vote)) {
    case VoteSet::Added::yes:
      return true;
    case VoteSet::Added::held_already:
      context_.reject(Reject::duplicate);
      return false;
    case VoteSet::Added::conflicts:
      context_.reject(Reject::conflicting_vote);
      return false;
  }
  return false;
}

// --- pre-prepares that must wait ---

std::uint64_t Slots::ahead_of_our_clock(const PrePrepare& message) const {
  const WallTime clock = context_.now.wall;
  return message.batch && message.batch->time() > clock ? message.batch->time() - clock : 0;
}

bool Slots::vouched_for(const PrePrepare& message, const Slot& slot) const {
  return slot.prepares.count(message.header.view, message.header.digest) >= context_.quorums.weak_quorum();
}

// Departure from the paper, which orders no time: a weak quorum of backups whose clocks are further vouches for it.
bool Slots::time_acceptable(const PrePrepare& message, const Slot& slot) const {
  return ahead_of_our_clock(message) <= context_.genesis.time_bound_us || vouched_for(message, slot);
}

void Slots::compare_clocks(const PrePrepare& message, const Slot& slot) {
  const std::uint64_t ahead_us = ahead_of_our_clock(message);
  if (ahead_us <= context_.genesis.time_bound_us) return clock_skew_.reset();
  const bool vouched_before = clock_skew_ && clock_skew_->vouched;
  clock_skew_ = ClockSkew{context_.primary(), ahead_us, vouched_before || vouched_for(message, slot)};
}

void Slots::hold(const PrePrepare& message, Reject reason) {
  const bool fresh = held_.emplace(message.header.n, message).second;
  context_.reject(fresh ? reason : Reject::duplicate);
}

void Slots::release_held(SequenceNumber n, Slot& slot) {
  const auto held = held_.find(n);
  if (held == held_.end() || !context_.active || !context_.in_window(n) || !time_acceptable(held->second, slot)) return;
  const PrePrepare message = std::move(held->second);
  held_.erase(held);
  compare_clocks(message, slot);
  if (!slot.accepted && !decisions_.decided(n)) accept(slot, message);
}

void Slots::look_at_held() {
  for (auto held = held_.begin(); held != held_.end();) {
    const SequenceNumber n = (held++)->first;
    Slot& slot = slots_[n];
    release_held(n, slot);
    advance(n, slot);
  }
}

std::optional<WallTime> Slots::next_held_time() const {
  std::optional<WallTime> next;
  for (const auto& [n, message] : held_) {
    if (!context_.in_window(n) || !message.batch) continue;  // the null batch has no time
    const WallTime acceptable = message.batch->time() - context_.genesis.time_bound_us;
    if (!next || acceptable < *next) next = acceptable;
  }
  return next;
}

void Slots::low_watermark_raised() {
  slots_.erase(slots_.begin(), slots_.upper_bound(context_.low_watermark));
  held_.erase(held_.begin(), held_.upper_bound(context_.low_watermark));
  for (auto& [n, slot] : slots_) {
    release_held(n, slot);
    advance(n, slot);
  }
}

// --- what follows ---

void Slots::propose(const PrePrepare& message) {
  Slot& slot = slots_[message.header.n];
  check(context_.leads() && !slot.accepted && context_.in_window(message.header.n),
        "a primary proposes once for a slot of its window");
  slot.accepted = message;
  slot.accepted_record = outbox_.record(AcceptedRecord{message});
  outbox_.send(ToAllReplicas{}, message, slot.accepted_record);
  ++progress_;
  advance(message.header.n, slot);
}

void Slots::accept(Slot& slot, const PrePrepare& message) {
  slot.awaited.reset();
  slot.accepted = message;
  ++progress_;
  vote_prepare(slot, outbox_.record(AcceptedRecord{message}));
}

void Slots::advance(SequenceNumber n, Slot& slot) {
  if (!context_.in_window(n) || !slot.accepted) return;
  const PrePrepareHeader& header = slot.accepted->header;
  if (context_.active && !slot.prepared &&
      slot.prepares.count(header.view, header.digest) >= context_.quorums.prepares_for_prepared()) {
    become_prepared(slot);
  }
  if (!decisions_.decided(n) && !decisions_.too_far(n)) decide_if_committed(n, slot);
}

void Slots::become_prepared(Slot& slot) {
  const PrePrepareHeader& header = slot.accepted->header;
  slot.prepared = true;
  slot.certificate =
      PreparedBatch{{header, slot.accepted->signature,
                     slot.prepares.certificate(header.view, header.digest, context_.quorums.prepares_for_prepared())},
                    slot.accepted->batch};
  ++progress_;
  vote_commit(slot, outbox_.record(PreparedRecord{slot.certificate->certificate}));
}

// The paper asks for prepared beside q COMMITs. q COMMITs and the body decide alone: f+1 loyal replicas among the q
// were prepared, and no other digest can gather as many.
void Slots::decide_if_committed(SequenceNumber n, Slot& slot) {
  const PrePrepareHeader& header = slot.accepted->header;
  const std::size_t quorum = context_.quorums.commits_for_committed();
  if (slot.commits.count(header.view, header.digest) < quorum) return;
  decisions_.decide({header.view, n, header.digest, slot.commits.certificate(header.view, header.digest, quorum)},
                    slot.accepted->batch, true);
  ++progress_;
}

// --- questions ---

bool Slots::wants(const VoteHeader& header) const {
  if (!context_.may_keep(header.n)) return false;
  if (header.view != view_) {
    const bool vote = header.type == MessageType::prepare || header.type == MessageType::commit;
    return vote && header.view > view_ && header.view <= context_.view + 1;
  }
  const Slot* slot = find(header.n);
  const bool decided = decisions_.decided(header.n);
  switch (header.type) {
    case MessageType::pre_prepare:
      return context_.active && (slot == nullptr ? !decided : !slot->accepted && (!decided || slot->awaited));
    case MessageType::prepare:
      // A slot that is decided is voted on again when a later view demands it, for those who have not decided it.
      if (!context_.active || header.replica == context_.primary()) return false;
      if (slot == nullptr) return !decided;
      return !slot->prepared && !slot->prepares.holds(header.replica) && (!decided || slot->accepted || slot->awaited);
    default:
      return !decided && (slot == nullptr || !slot->commits.holds(header.replica));
  }
}

const Slot* Slots::find(SequenceNumber n) const {
  const auto found = slots_.find(n);
  return found == slots_.end() ? nullptr : &found->second;
}

SequenceNumber Slots::highest_accepted() const {
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {
    if (slot->second.accepted) return slot->first;
  }
  return context_.low_watermark;
}

bool Slots::voted(const Slot& slot) const {
  const std::size_t believed = context_.quorums.weak_quorum();
  return slot.prepares.size() >= believed || slot.commits.size() >= believed;
}

SequenceNumber Slots::highest_voted() const {
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {
    if (voted(slot->second)) return slot->first;
  }
  return context_.low_watermark;
}

SequenceNumber Slots::highest_known() const {
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {
    const Slot& known = slot->second;
    if (known.accepted || known.awaited || voted(known)) return slot->first;
  }
  return context_.low_watermark;
}

}  // namespace quorate
