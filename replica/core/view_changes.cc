#include "replica/core/view_changes.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace quorate {

ViewChanges::ViewChanges(Context& context, Outbox& outbox, const Slots& slots, Bodies& bodies)
    : context_(context), outbox_(outbox), slots_(slots), bodies_(bodies), peers_(context.quorums.replicas()) {}

void ViewChanges::restore(const LogImage& log) {
  new_view_ = log.new_view;
  own_ = log.view_change;
  Peer& self = peers_[context_.self.value];
  self.reached = context_.view;
  self.view_change = own_;
}

void ViewChanges::announce(const std::optional<StableCheckpoint>& stable, std::vector<PreparedCertificate> prepared) {
  ViewChange message{context_.view, context_.low_watermark, stable, std::move(prepared), context_.self, {}};
  context_.signer.sign(message);
  own_ = std::make_shared<const ViewChange>(std::move(message));
  own_record_ = outbox_.record(ViewChangeRecord{own_});
  outbox_.vote(own_, own_record_);
}

void ViewChanges::adopt(const ViewChangePtr& own) {
  own_ = own;
  own_record_ = outbox_.record(ViewChangeRecord{own_});
  count(own_);  // it left long ago
}

void ViewChanges::count(const ViewChangePtr& own) {
  Peer& self = peers_[context_.self.value];
  self.reached = std::max(self.reached, own->view);
  self.view_change = own;
}

void ViewChanges::step(const ViewChangePtr& message) {
  Peer& peer = peers_[message->replica.value];
  if (peer.view_change && peer.view_change->view >= message->view) return context_.reject(Reject::duplicate);
  peer.reached = std::max(peer.reached, message->view);
  if (!newer(message->view)) return context_.reject(Reject::wrong_view);
  peer.view_change = message;
}

bool ViewChanges::step(const NewViewPtr& message, NewViewPlan& plan) {
  if (!newer(message->view)) {
    context_.reject(Reject::wrong_view);
    return false;
  }
  auto derived = derive_new_view(message->view, message->view_changes);
  if (!derived || !follows(*message, *derived)) {
    context_.reject(Reject::wrong_new_view);
    return false;
  }
  plan = std::move(*derived);
  return true;
}

std::optional<View> ViewChanges::to_join() const {
  std::vector<View> others;
  for (std::uint32_t i = 0; i < peers_.size(); ++i) {
    if (ReplicaId(i) != context_.self) others.push_back(peers_[i].reached);
  }
  std::sort(others.begin(), others.end(), std::greater<>());
  const View view = others[context_.quorums.weak_quorum() - 1];
  return view > context_.view ? std::optional(view) : std::nullopt;
}

bool ViewChanges::quorum_is_here() const {
  const auto here =
      std::count_if(peers_.begin(), peers_.end(), [this](const Peer& peer) { return peer.reached >= context_.view; });
  return static_cast<std::uint32_t>(here) >= context_.quorums.quorum();
}

/// V: the lowest q replicas whose VIEW-CHANGE is for exactly this view; empty when there are not so many.
std::vector<ViewChangePtr> ViewChanges::choose() const {
  std::vector<ViewChangePtr> chosen;
  for (const Peer& peer : peers_) {
    const bool of_this_view = peer.view_change && peer.view_change->view == context_.view;
    if (of_this_view && chosen.size() < context_.quorums.quorum()) chosen.push_back(peer.view_change);
  }
  if (chosen.size() < context_.quorums.quorum()) chosen.clear();
  return chosen;
}

NewViewPtr ViewChanges::assemble(NewViewPlan& plan) {
  if (context_.active || !context_.is_primary() || context_.mute) return nullptr;
  const std::vector<ViewChangePtr> chosen = choose();
  if (chosen.empty()) return nullptr;
  auto derived = derive_new_view(context_.view, chosen);
  if (!derived) return nullptr;  // more than f replicas lie
  bool complete = true;
  for (const PrePrepareHeader& header : derived->headers) {
    if (header.digest == null_digest() || slots_.body(header.n, header.digest)) continue;
    bodies_.need(header.n, header.digest);
    complete = false;
  }
  if (!complete) return nullptr;
  NewView message{context_.view, chosen, {}, {}};
  for (const PrePrepareHeader& header : derived->headers) {
    message.pre_prepares.push_back({header, context_.signer.sign_header(header)});
  }
  context_.signer.sign(message);
  plan = std::move(*derived);
  return std::make_shared<const NewView>(std::move(message));
}

RecordNumber ViewChanges::entered(const NewViewPtr& new_view) {
  new_view_ = new_view;
  new_view_record_ = outbox_.record(NewViewRecord{new_view});
  // The primary and everybody in V is in this view or was on the way to it.
  for (const ViewChangePtr& part : new_view->view_changes) {
    Peer& peer = peers_[part->replica.value];
    peer.reached = std::max(peer.reached, new_view->view);
  }
  const auto self = context_.self.value;
  peers_[self].reached = std::max(peers_[self].reached, new_view->view);
  return new_view_record_;
}

void ViewChanges::send_to(ReplicaId peer, View view, bool active) {
  if (view > context_.view || (view == context_.view && active)) return;
  if (context_.active && new_view_) return outbox_.send(peer, new_view_, new_view_record_);
  if (own_ && own_->view == context_.view && !context_.mute) outbox_.send(peer, own_, own_record_);
}

void ViewChanges::return_vote(View view, ReplicaId peer) {
  const ViewChangePtr& theirs = peers_[peer.value].view_change;
  if (theirs && theirs->view > view) outbox_.send(peer, theirs);
}

bool ViewChanges::knows_own(MessageType type, View view) const {
  if (view < context_.view) return true;
  if (view > context_.view) return false;
  return type == MessageType::new_view ? context_.active : own_ && own_->view == view;
}

bool ViewChanges::wants(const VoteHeader& header) const {
  if (!newer(header.view)) return false;
  if (header.type == MessageType::new_view) return true;
  if (header.replica.value >= peers_.size()) return false;
  const ViewChangePtr& held = peers_[header.replica.value].view_change;
  return !held || held->view < header.view;
}

}  // namespace quorate
