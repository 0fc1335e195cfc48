#include "replica/core/core.h"

#include <algorithm>

#include "crypto/check.h"
#include "replica/core/core_parts.h"

namespace quorate {

Core::Parts::Parts(const Genesis& genesis, ReplicaId self, const Signer& signer, const CoreOptions& options,
                   const Recovered& recovered, Moment now)
    : context_(genesis, self, signer, options, now),
      decisions_(context_, outbox_),
      bodies_(context_, outbox_),
      slots_(context_, outbox_, decisions_, bodies_),
      checkpoints_(context_, outbox_, decisions_),
      view_changes_(context_, outbox_, slots_, bodies_),
      admission_(context_, recovered.clients),
      rejoins_(context_, admission_, recovered.rejoins),
      muteness_(context_, outbox_, rejoins_, recovered.fresh_nonce),
      timer_(context_, admission_, rejoins_),
      pace_(context_, admission_),
      proposer_(context_, admission_, rejoins_, decisions_, slots_),
      fetching_(context_, outbox_, decisions_),
      status_exchange_(context_, outbox_, decisions_, slots_, checkpoints_, view_changes_),
      expected_tick_(now.steady) {
  restore_view(recovered.log);
  muteness_.restore(recovered.log);
  checkpoints_.restore(recovered.log, recovered.state);
  // Bodies are dropped for a durable state: one that is older now was lost.
  if (recovered.state_lost || recovered.state < recovered.log.bodies_collected) transfer();
  decisions_.restore(recovered.log, recovered.state);
  slots_.restore(recovered.log);
  view_changes_.restore(recovered.log);
  tick(now);
}

// --- the other inputs ---

void Core::Parts::tick(Moment now) {
  context_.now = now;
  if (timer_.tick(expected_tick_)) pace_.slept();
  complain_if_late();
  slots_.look_at_held();
  bodies_.tick();
  if (!transferring_) fetching_.tick();
  transfer_if_lost();
  muteness_.tick(!transferring_ && decisions_.last_executed() >= context_.low_watermark);
  status_exchange_.tick(pending());
}

void Core::Parts::executed(const Executed& result) {
  const BatchPtr batch = decisions_.executed(result.n);
  pace_.executed(result, batch.get());
  timer_.executed(result, batch.get());
  admission_.executed(result, batch.get());
  rejoins_.executed(result, batch.get());
}

void Core::Parts::persisted(RecordNumber through) {
  for (const OwnVote& own : outbox_.persisted(through)) {
    if (const auto* checkpoint = std::get_if<Checkpoint>(&own)) {
      if (checkpoints_.count(*checkpoint)) slots_.low_watermark_raised();
    } else if (const auto* prepare = std::get_if<Prepare>(&own)) {
      slots_.count(*prepare);
    } else if (const auto* commit = std::get_if<Commit>(&own)) {
      slots_.count(*commit);
    } else if (!context_.mute) {
      view_changes_.count(std::get<ViewChangePtr>(own));
      follow();
    }
  }
}

/// Nobody has the batches that we lack any more, or our state is wrong: the state itself is fetched.
void Core::Parts::transfer_if_lost() {
  const bool behind = decisions_.last_executed() < context_.low_watermark;
  const bool lost = checkpoints_.diverged().value != 0 || (behind && fetching_.hopeless());
  if (!transferring_ && lost) transfer();
}

void Core::Parts::transfer() {
  transferring_ = true;
  decisions_.suspend();
  checkpoints_.suspend();
  outbox_.next().transfer = context_.low_watermark;
}

void Core::Parts::installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients,
                            const std::vector<RejoinMark>& rejoins) {
  check(transferring_, "a state is installed after it was asked for");
  transferring_ = false;
  decisions_.installed(n);
  checkpoints_.installed(n, root);
  admission_.installed(clients);
  rejoins_.installed(rejoins);
  timer_.entered();
}

void Core::Parts::connected(ReplicaId peer) {
  timer_.connected(peer);
  status_exchange_.connected(peer);
  if (peer == context_.primary()) forward_all();
}

bool Core::Parts::pending() const {
  if (!context_.active) return true;
  const SequenceNumber known = std::max(slots_.highest_known(), rejoins_.floor());
  return !admission_.empty() || !rejoins_.empty() || known > decisions_.last_executed();
}

void Core::Parts::watch() {
  const bool behind = fetching_.behind();
  const bool shared = !admission_.empty() || slots_.highest_voted() > decisions_.last_executed();
  timer_.watch({pending(), behind, shared, slots_.highest_known()});
  pace_.watch(pending(), behind || transferring_);
}

SteadyTime Core::Parts::wake_up() const {
  SteadyTime next = status_exchange_.next();
  if (const auto fetch = fetching_.next(); fetch && !transferring_) next = std::min(next, *fetch);
  if (const auto body = bodies_.next()) next = std::min(next, *body);
  if (const auto timer = timer_.next()) next = std::min(next, *timer);
  if (const auto null = proposer_.next()) next = std::min(next, *null);
  if (const auto rejoin = muteness_.next()) next = std::min(next, *rejoin);
  if (const auto held = slots_.next_held_time(); held && *held > context_.now.wall) {
    const std::uint64_t wait_us = std::min(*held - context_.now.wall, context_.options.status_interval_us);
    next = std::min(next, context_.now.steady + wait_us);
  }
  return next;
}

Output Core::Parts::take_output() {
  speak_if_due();
  proposer_.propose();
  watch();
  outbox_.next().wake_up = expected_tick_ = wake_up();
  return outbox_.take();
}

CoreStatus Core::Parts::status() const {
  CoreStatus status;
  status.view = context_.view;
  status.active = context_.active;
  status.primary = context_.primary();
  status.low_watermark = context_.low_watermark;
  status.last_executed = decisions_.last_executed();
  status.state_durable = checkpoints_.state_durable();
  status.admitted_bytes = admission_.bytes();
  status.diverged = checkpoints_.diverged();
  status.transferring = transferring_;
  status.clock_skew = slots_.clock_skew();
  status.left = left_;
  status.common_fault = pace_.common();
  if (context_.mute) status.mute = Mute{muteness_.executed(), muteness_.floor()};
  status.rejects = context_.rejects;
  return status;
}

// --- the value ---

Core::Core(const Genesis& genesis, ReplicaId self, const Signer& signer, const CoreOptions& options,
           const Recovered& recovered, Moment now)
    : parts_(std::make_unique<Parts>(genesis, self, signer, options, recovered, now)) {}

Core::~Core() = default;

void Core::step(const Verified<Message>& message, Channel from) { parts_->step(*message, from); }
void Core::tick(Moment now) { parts_->tick(now); }
void Core::executed(const Executed& result) { parts_->executed(result); }
void Core::checkpointed(SequenceNumber n, const Digest& root) { parts_->checkpoints().checkpointed(n, root); }
void Core::persisted(RecordNumber through) { parts_->persisted(through); }
void Core::installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients,
                     const std::vector<RejoinMark>& rejoins) {
  parts_->installed(n, root, clients, rejoins);
}
void Core::state_durable(SequenceNumber s) { parts_->checkpoints().state_durable(s); }
bool Core::wants(const VoteHeader& header) const { return parts_->wants(header); }
void Core::connected(ReplicaId peer) { parts_->connected(peer); }
void Core::disconnected(ReplicaId peer) { parts_->disconnected(peer); }
Output Core::take_output() { return parts_->take_output(); }
CoreStatus Core::status() const { return parts_->status(); }

}  // namespace quorate
