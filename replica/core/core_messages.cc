// What a message means to which part: channel checks, and the question whether it is wanted at all.
#include "replica/core/core_parts.h"

namespace quorate {

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
    if (m.header.view == parts.slots_.view() && parts.context_.may_keep(m.header.n)) {
      parts.timer_.arrived(m.header.n);
      const bool fresh = channel == parts.context_.primary() && m.header.n > parts.slots_.highest_known();
      if (fresh && m.batch) parts.pace_.proposed(m.batch->time());
    }
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
    NewViewPlan plan;
    if (parts.view_changes_.step(m, plan)) parts.enter(m, plan);
  }
  void operator()(const FetchBody& m) const {
    if (of_channel(m.replica)) parts.bodies_.serve(m, parts.slots_.body(m.n, m.digest));
  }
  void operator()(const Rejoin& m) const { parts.rejoin(m, channel); }
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
  if (const auto* replica = std::get_if<ReplicaId>(&from)) {
    if (const auto own = own_vote(message)) return returned(*own, message);
    return std::visit(FromReplica{*this, *replica}, message);
  }
  const auto* asked = std::get_if<Request>(&message);
  if (asked == nullptr || asked->bundle->view().client != std::get<ClientId>(from)) {
    return context_.reject(Reject::sender_not_channel);
  }
  request(asked->bundle, from);
}

void Core::Parts::request(const BundlePtr& bundle, Channel from) {
  const bool forwarded = std::holds_alternative<ReplicaId>(from);
  if (forwarded && !context_.is_primary()) return context_.reject(Reject::not_wanted);
  const auto admitted = admission_.admit(bundle, from);
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

void Core::Parts::forward_all() {
  for (const BundlePtr& bundle : admission_.all()) forward(bundle);
  for (const Rejoin& rejoin : rejoins_.all()) outbox_.send(context_.primary(), rejoin);
}

bool Core::Parts::wants(const VoteHeader& header) const {
  if (is_own(header)) return wants_own(header);
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

}  // namespace quorate
