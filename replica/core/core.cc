#include "replica/core/core.h"

#include <algorithm>
#include <utility>

#include "crypto/check.h"
#include "replica/core/admission.h"
#include "replica/core/bodies.h"
#include "replica/core/checkpoints.h"
#include "replica/core/context.h"
#include "replica/core/decisions.h"
#include "replica/core/fetching.h"
#include "replica/core/outbox.h"
#include "replica/core/proposer.h"
#include "replica/core/slots.h"
#include "replica/core/status_exchange.h"
#include "replica/core/view_changes.h"
#include "replica/core/view_timer.h"

namespace quorate {

/// The parts, and what one part's news means to the others. No rules of the protocol live here.
class Core::Parts {
 public:
  Parts(const Genesis& genesis, ReplicaId self, const Signer& signer, const CoreOptions& options,
        const Recovered& recovered, Moment now);

  void step(const Message& message, Channel from);
  void tick(Moment now);
  void executed(const Executed& result);
  void persisted(RecordNumber through);
  void installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients);
  void connected(ReplicaId peer);
  bool wants(const VoteHeader& header) const;
  Output take_output();
  CoreStatus status() const;

  Checkpoints& checkpoints() { return checkpoints_; }

 private:
  struct FromReplica;

  void restore_view(const LogImage& log);
  void leave_for(View view);
  void follow();
  void enter(const NewViewPtr& new_view, const NewViewPlan& plan);
  void complain_if_late();
  void transfer_if_lost();
  void transfer();

  void request(const BundlePtr& bundle, Channel from);
  void forward(const BundlePtr& bundle);
  bool pending() const;
  SteadyTime wake_up() const;

  Context context_;
  Outbox outbox_;
  Decisions decisions_;
  Bodies bodies_;
  Slots slots_;
  Checkpoints checkpoints_;
  ViewChanges view_changes_;
  Admission admission_;
  ViewTimer timer_;
  Proposer proposer_;
  Fetching fetching_;
  StatusExchange status_exchange_;
  SteadyTime expected_tick_;
  bool transferring_ = false;  // the state is being fetched: nothing executes
};

Core::Parts::Parts(const Genesis& genesis, ReplicaId self, const Signer& signer, const CoreOptions& options,
                   const Recovered& recovered, Moment now)
    : context_(genesis, self, signer, options, now),
      decisions_(context_, outbox_),
      bodies_(context_, outbox_),
      slots_(context_, outbox_, decisions_, bodies_),
      checkpoints_(context_, outbox_, decisions_),
      view_changes_(context_, outbox_, slots_, bodies_),
      admission_(context_, recovered.clients),
      timer_(context_, admission_),
      proposer_(context_, admission_, decisions_, slots_),
      fetching_(context_, outbox_, decisions_),
      status_exchange_(context_, outbox_, decisions_, slots_, checkpoints_, view_changes_),
      expected_tick_(now.steady) {
  restore_view(recovered.log);
  checkpoints_.restore(recovered.log, recovered.state);
  if (recovered.state_lost) transfer();
  decisions_.restore(recovered.log, recovered.state);
  slots_.restore(recovered.log);
  view_changes_.restore(recovered.log);
  tick(now);
}

void Core::Parts::restore_view(const LogImage& log) {
  if (log.new_view) context_.view = log.new_view->view;
  if (!log.view_change || log.view_change->view <= context_.view) return;
  context_.view = log.view_change->view;
  context_.active = false;
}

// --- messages ---

/// What a replica handed in. Votes come from their signer; what proves itself may come from anybody.
struct Core::Parts::FromReplica {
  Parts& parts;
  ReplicaId channel;

  bool of_channel(ReplicaId signer) const {
    if (signer == parts.context_.self)
      parts.context_.reject(Reject::own_message);
    else if (signer != channel)
      parts.context_.reject(Reject::sender_not_channel);
    else
      return true;
    return false;
  }

  void operator()(const Request& m) const { parts.request(m.bundle, channel); }
  void operator()(const PrePrepare& m) const {
    if (m.header.view == parts.slots_.view() && parts.context_.may_keep(m.header.n)) parts.timer_.arrived(m.header.n);
    parts.slots_.step(m);
  }
  void operator()(const Prepare& m) const {
    if (of_channel(m.replica)) parts.slots_.step(m);
  }
  void operator()(const Commit& m) const {
    if (of_channel(m.replica)) parts.slots_.step(m);
  }
  void operator()(const Checkpoint& m) const {
    if (of_channel(m.replica) && parts.checkpoints_.step(m)) parts.slots_.low_watermark_raised();
  }
  void operator()(const StableCheckpoint& m) const {
    if (parts.checkpoints_.step(m)) parts.slots_.low_watermark_raised();
  }
  void operator()(const Status& m) const {
    if (!of_channel(m.replica)) return;
    parts.fetching_.learn(m.replica, m.last_executed);
    parts.status_exchange_.step(m);
  }
  void operator()(const Fetch& m) const {
    if (of_channel(m.replica)) parts.fetching_.step(m);
  }
  void operator()(const CommittedBatch& m) const {
    const Slot* slot = parts.slots_.find(m.certificate.n);
    const bool body_logged = slot != nullptr && slot->accepted && slot->accepted->header.digest == m.certificate.digest;
    parts.fetching_.step(m, body_logged);
  }
  void operator()(const ViewChangePtr& m) const {
    if (!of_channel(m->replica)) return;
    parts.view_changes_.step(m);
    parts.follow();
  }
  void operator()(const NewViewPtr& m) const {
    const ReplicaId primary = parts.context_.quorums.primary_of(m->view);
    if (primary == parts.context_.self) return parts.context_.reject(Reject::own_message);
    NewViewPlan plan;
    if (parts.view_changes_.step(m, plan)) parts.enter(m, plan);
  }
  void operator()(const FetchBody& m) const {
    if (of_channel(m.replica)) parts.bodies_.serve(m, parts.slots_.body(m.n, m.digest));
  }
  void operator()(const BatchBody& m) const {
    if (!parts.bodies_.step(m)) return;
    parts.slots_.body_arrived(m);
    parts.follow();
  }
  template <typename Other>
  void operator()(const Other&) const {
    parts.context_.reject(Reject::not_wanted);
  }
};

void Core::Parts::step(const Message& message, Channel from) {
  if (const auto* replica = std::get_if<ReplicaId>(&from)) return std::visit(FromReplica{*this, *replica}, message);
  const auto* asked = std::get_if<Request>(&message);
  if (asked == nullptr || asked->bundle->view().client != std::get<ClientId>(from)) {
    return context_.reject(Reject::sender_not_channel);
  }
  request(asked->bundle, from);
}

void Core::Parts::request(const BundlePtr& bundle, Channel from) {
  const bool forwarded = std::holds_alternative<ReplicaId>(from);
  if (forwarded && !context_.is_primary()) return context_.reject(Reject::not_wanted);
  const auto admitted = admission_.admit(bundle);
  if (admitted) {
    if (context_.leads()) proposer_.add(bundle, from);
    if (!context_.is_primary()) forward(bundle);
    return;
  }
  context_.reject(admitted.error());
  const BundleView& view = bundle->view();
  if (admitted.error() == Reject::already_executed) {
    outbox_.next().answers.push_back({view.client, view.first, view.last()});
  } else if (admitted.error() == Reject::over_quota) {
    outbox_.next().busy.push_back({view.client, view.first});
  } else if (admitted.error() == Reject::duplicate && !context_.is_primary()) {
    forward(bundle);  // the client is still waiting: what we sent the primary may be lost
  }
}

void Core::Parts::forward(const BundlePtr& bundle) { outbox_.send(context_.primary(), Request{bundle}); }

// --- from view to view ---

void Core::Parts::leave_for(View view) {
  context_.view = view;
  context_.active = false;
  timer_.left();
  bodies_.clear();
  view_changes_.announce(checkpoints_.stable(), slots_.certificates());
}

/// Draws what follows from the VIEW-CHANGEs and bodies that are here now.
void Core::Parts::follow() {
  if (const auto view = view_changes_.to_join()) leave_for(*view);
  if (context_.active) return;
  if (view_changes_.quorum_is_here()) timer_.start_waiting();
  NewViewPlan plan;
  if (const NewViewPtr new_view = view_changes_.assemble(plan)) enter(new_view, plan);
}

void Core::Parts::enter(const NewViewPtr& new_view, const NewViewPlan& plan) {
  context_.active = false;  // until the slots are of the new view
  if (plan.min_s > context_.low_watermark && checkpoints_.step(*plan.stable)) slots_.low_watermark_raised();
  context_.view = new_view->view;
  const RecordNumber record = view_changes_.entered(new_view);
  context_.active = true;
  slots_.enter(*new_view);
  timer_.entered();
  if (context_.is_primary()) {
    outbox_.send(ToAllReplicas{}, new_view, std::max(record, outbox_.last_record()));
    proposer_.restart();
  } else {
    for (const BundlePtr& bundle : admission_.all()) forward(bundle);
  }
}

void Core::Parts::complain_if_late() {
  const bool late = timer_.expired() && !context_.is_primary() && !transferring_;
  if (context_.active ? late : timer_.waited_enough()) {
    leave_for(context_.view + 1);
    follow();
  }
}

// --- the other inputs ---

void Core::Parts::tick(Moment now) {
  context_.now = now;
  timer_.tick(expected_tick_);
  complain_if_late();
  slots_.look_at_held();
  bodies_.tick();
  if (!transferring_) fetching_.tick();
  transfer_if_lost();
  status_exchange_.tick(pending());
}

void Core::Parts::executed(const Executed& result) {
  const BatchPtr batch = decisions_.executed(result.n);
  timer_.executed(result, batch.get());
  admission_.executed(result, batch.get());
}

void Core::Parts::persisted(RecordNumber through) {
  for (const OwnVote& own : outbox_.persisted(through)) {
    if (const auto* checkpoint = std::get_if<Checkpoint>(&own)) {
      if (checkpoints_.count(*checkpoint)) slots_.low_watermark_raised();
    } else if (const auto* prepare = std::get_if<Prepare>(&own)) {
      slots_.count(*prepare);
    } else if (const auto* commit = std::get_if<Commit>(&own)) {
      slots_.count(*commit);
    } else {
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

void Core::Parts::installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients) {
  check(transferring_, "a state is installed after it was asked for");
  transferring_ = false;
  decisions_.installed(n);
  checkpoints_.installed(n, root);
  admission_.installed(clients);
  timer_.entered();
}

void Core::Parts::connected(ReplicaId peer) {
  status_exchange_.connected(peer);
  if (peer != context_.primary()) return;
  for (const BundlePtr& bundle : admission_.all()) forward(bundle);
}

bool Core::Parts::wants(const VoteHeader& header) const {
  switch (header.type) {
    case MessageType::checkpoint:
    case MessageType::stable_checkpoint:
      return checkpoints_.wants(header);
    case MessageType::committed_batch:
      return fetching_.wants(header.n);
    case MessageType::view_change:
    case MessageType::new_view:
      return view_changes_.wants(header);
    case MessageType::body:
      return bodies_.wants(header.n, header.digest);
    default:
      return slots_.wants(header);
  }
}

bool Core::Parts::pending() const {
  if (!context_.active) return true;
  return !admission_.empty() || slots_.highest_known() > decisions_.last_executed();
}

SteadyTime Core::Parts::wake_up() const {
  SteadyTime next = status_exchange_.next();
  if (const auto fetch = fetching_.next(); fetch && !transferring_) next = std::min(next, *fetch);
  if (const auto body = bodies_.next()) next = std::min(next, *body);
  if (const auto timer = timer_.next()) next = std::min(next, *timer);
  if (const auto held = slots_.next_held_time(); held && *held > context_.now.wall) {
    const std::uint64_t wait_us = std::min(*held - context_.now.wall, context_.options.status_interval_us);
    next = std::min(next, context_.now.steady + wait_us);
  }
  return next;
}

Output Core::Parts::take_output() {
  proposer_.propose();
  timer_.watch(pending());
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
void Core::installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients) {
  parts_->installed(n, root, clients);
}
void Core::state_durable(SequenceNumber s) { parts_->checkpoints().state_durable(s); }
bool Core::wants(const VoteHeader& header) const { return parts_->wants(header); }
void Core::connected(ReplicaId peer) { parts_->connected(peer); }
Output Core::take_output() { return parts_->take_output(); }
CoreStatus Core::status() const { return parts_->status(); }

}  // namespace quorate
