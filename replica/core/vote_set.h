// Votes of one kind for one slot: at most one of each signer, the first verified one.
//
// A quorum counts distinct signers of one (view, digest); certificates take the lowest signers, ascending.
#pragma once

#include <map>
#include <vector>

#include "messages/messages.h"

namespace quorate {

class VoteSet {
 public:
  struct Vote {
    View view;
    Digest digest;
    Signature signature;
  };
  enum class Added : std::uint8_t { yes, held_already, conflicts };

  Added add(ReplicaId signer, const Vote& vote) {
    const auto [held, fresh] = votes_.emplace(signer, vote);
    if (fresh) return Added::yes;
    return held->second.view == vote.view && held->second.digest == vote.digest ? Added::held_already
                                                                                : Added::conflicts;
  }
  bool holds(ReplicaId signer) const { return votes_.contains(signer); }
  std::size_t size() const { return votes_.size(); }
  /// Null where this signer has none.
  const Vote* find(ReplicaId signer) const {
    const auto held = votes_.find(signer);
    return held == votes_.end() ? nullptr : &held->second;
  }
  void remove(ReplicaId signer) { votes_.erase(signer); }

  std::size_t count(View view, const Digest& digest) const {
    std::size_t matching = 0;
    for (const auto& [signer, vote] : votes_) matching += matches(vote, view, digest) ? 1 : 0;
    return matching;
  }
  /// The `size` lowest signers of (view, digest), ascending. Requires count(view, digest) ≥ size.
  std::vector<SignedBy> certificate(View view, const Digest& digest, std::size_t size) const {
    std::vector<SignedBy> parts;
    for (const auto& [signer, vote] : votes_) {
      if (parts.size() < size && matches(vote, view, digest)) parts.push_back({signer, vote.signature});
    }
    return parts;
  }

 private:
  static bool matches(const Vote& vote, View view, const Digest& digest) {
    return vote.view == view && vote.digest == digest;
  }
  std::map<ReplicaId, Vote> votes_;
};

}  // namespace quorate
