#include "replica/service/state_serving.h"

namespace quorate {
namespace {

constexpr std::size_t proofs_max = 8;

}  // namespace

StateServing::StateServing(OpenView open) : open_(std::move(open)) {}

StateServing::Offers StateServing::step(const StateQuery& query, SteadyTime now) {
  claims_[query.replica] = {query.at_least, nullptr, false, now, now};
  return look();
}

StateServing::Offers StateServing::stable(const StableCheckpoint& proof) {
  if (!proofs_.emplace(proof.n, proof).second) return {};
  if (proofs_.size() > proofs_max) proofs_.erase(proofs_.begin());
  return look();
}

StateServing::Offers StateServing::committed(SequenceNumber n) {
  durable_ = n;
  return look();
}

StateServing::Offers StateServing::look() {
  Offers offers;
  for (auto& [peer, claim] : claims_) {
    if (claim.offered || durable_ < claim.at_least || durable_.value == 0) continue;
    // A state whose checkpoint was passed over will never have a proof.
    const bool passed = claim.view && !proofs_.empty() && proofs_.rbegin()->first > claim.view->n();
    if (!claim.view || (passed && !proofs_.contains(claim.view->n()))) claim.view = newest();
    if (!claim.view) continue;
    const auto proof = proofs_.find(claim.view->n());
    if (proof == proofs_.end()) continue;
    claim.offered = true;
    offers.emplace_back(peer, StateOffer{proof->second});
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
  if (claim == claims_.end() || !claim->second.offered || claim->second.view->n() != n) return nullptr;
  claim->second.used = now;
  return claim->second.view;
}

void StateServing::tick(SteadyTime now) {
  std::erase_if(claims_, [now](const auto& entry) {
    return now >= entry.second.since + kept_us || now >= entry.second.used + unused_us;
  });
}

}  // namespace quorate
