// Rejoin: when we fall silent and speak again, and what that means to the parts (replica/README.md, "Rejoin").
#include "replica/core/core_parts.h"

namespace quorate {

/// The header of what we signed ourselves in the name of the protocol, and only of that: STATUS, replies and REJOIN
/// promise nothing.
std::optional<VoteHeader> Core::Parts::own_vote(const Message& message) const {
  const auto* pre_prepare = std::get_if<PrePrepare>(&message);
  const View view = pre_prepare != nullptr ? pre_prepare->header.view : View();
  const auto header = vote_header(message, context_.quorums.primary_of(view));
  return header && is_own(*header) ? header : std::nullopt;
}

bool Core::Parts::is_own(const VoteHeader& header) const {
  switch (header.type) {
    case MessageType::pre_prepare:
    case MessageType::prepare:
    case MessageType::commit:
    case MessageType::checkpoint:
    case MessageType::view_change:
      return header.replica == context_.self;
    case MessageType::new_view:
      return context_.quorums.primary_of(header.view) == context_.self;
    default:
      return false;
  }
}

bool Core::Parts::knows_own(const VoteHeader& header) const {
  switch (header.type) {
    case MessageType::checkpoint:
      return checkpoints_.knows_own(header.n);
    case MessageType::view_change:
    case MessageType::new_view:
      return view_changes_.knows_own(header.type, header.view);
    default:
      return slots_.knows_own(header);
  }
}

bool Core::Parts::wants_own(const VoteHeader& header) const {
  const bool tells_the_view = header.type == MessageType::view_change || header.type == MessageType::new_view;
  return !knows_own(header) && (!context_.mute || tells_the_view);
}

void Core::Parts::returned(const VoteHeader& header, const Message& message) {
  if (knows_own(header)) return context_.reject(Reject::own_message);
  if (!context_.mute) {
    muteness_.fall();
    slots_.fall_silent();
  }
  if (const auto* new_view = std::get_if<NewViewPtr>(&message)) {
    NewViewPlan plan;
    if (view_changes_.step(*new_view, plan)) enter(*new_view, plan);
  } else if (const auto* view_change = std::get_if<ViewChangePtr>(&message)) {
    if (header.view == context_.view && context_.active) return;
    // Who sent it votes in no earlier view.
    if (header.view > context_.view) leave_for(header.view, Grievance::forgotten);
    view_changes_.adopt(*view_change);
  }
}

void Core::Parts::speak_if_due() {
  if (!muteness_.over(decisions_.last_executed(), transferring_)) return;
  const RecordNumber record = muteness_.end();
  if (context_.active) {
    slots_.speak_again(record);
    timer_.entered();
    if (context_.is_primary()) proposer_.restart();
    return;
  }
  // On the way to a view we may have sent a VIEW-CHANGE for it, or led it, and forgotten that: the next one is ours.
  const ViewChangePtr& own = view_changes_.own();
  if (!own || own->view != context_.view || context_.is_primary()) leave_for(context_.view + 1, Grievance::forgotten);
  follow();
}

void Core::Parts::rejoin(const Rejoin& rejoin, ReplicaId channel) {
  const bool relayed = channel != rejoin.replica;
  if (rejoin.replica == context_.self) return context_.reject(Reject::own_message);
  if (relayed && !context_.is_primary()) return context_.reject(Reject::not_wanted);
  const auto admitted = rejoins_.admit(rejoin, relayed);
  if (!admitted) context_.reject(admitted.error());
  // Who repeats it still waits: what we sent the primary may be lost.
  const bool waits = admitted || admitted.error() == Reject::duplicate;
  if (waits && !context_.is_primary()) outbox_.send(context_.primary(), rejoin);
}

}  // namespace quorate
