#include "replica/service/state_serving.h"

#include "replica/service/state_tree.h"

namespace quorate {

StateServing::StateServing(ReplicaId self, const MessageSigner& signer, OpenView open)
    : self_(self), signer_(signer), open_(std::move(open)) {}

StateServing::Offers StateServing::step(const StateQuery& query, SteadyTime now) {
  claims_[query.replica] = {query.at_least, nullptr, now, now};
  return look();
}

StateServing::Offers StateServing::committed(SequenceNumber n) {
  durable_ = n;
  return look();
}

StateServing::Offers StateServing::look() {
  Offers offers;
  for (auto& [peer, claim] : claims_) {
    if (claim.view || durable_ < claim.at_least || durable_.value == 0) continue;
    claim.view = newest();
    if (!claim.view) continue;
    const Digest root = state_tree::root_digest(state_tree::top(claim.view->nodes()));
    StateOffer offer{self_, claim.view->n(), root, {}};
    signer_.sign(offer);
    offers.emplace_back(peer, offer);
  }
  return offers;
}

StateViewPtr StateServing::newest() {
  for (const auto& [peer, claim] : claims_)
    if (claim.view && claim.view->n() == durable_) return claim.view;
  return open_();
}

StateViewPtr StateServing::view_for(ReplicaId peer, SequenceNumber n, SteadyTime now) {
  const auto claim = claims_.find(peer);
  if (claim == claims_.end() || !claim->second.view || claim->second.view->n() != n) return nullptr;
  claim->second.used = now;
  return claim->second.view;
}

void StateServing::tick(SteadyTime now) {
  std::erase_if(claims_, [now](const auto& entry) {
    return now >= entry.second.since + kept_us || now >= entry.second.used + unused_us;
  });
}

}  // namespace quorate
