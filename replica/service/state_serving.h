// Which states this replica serves to which peers, and for how long.
//
// A peer that asks is offered the first durable state at or above what it asks for, and that state is kept for it while
// it fetches. One for each peer, for a bounded time: a state that is kept costs disk, since the pages that it needs
// cannot be used again. Pure; views come from outside.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "messages/messages.h"
#include "messages/sign.h"
#include "replica/service/state_view.h"

namespace quorate {

class StateServing {
 public:
  /// Of the newest durable state; null when there is none.
  using OpenView = std::function<StateViewPtr()>;
  using Offers = std::vector<std::pair<ReplicaId, StateOffer>>;

  static constexpr std::uint64_t kept_us = 60'000'000;    // for one peer at most,
  static constexpr std::uint64_t unused_us = 10'000'000;  // and after its last fetch

  /// The signer must outlive this object.
  StateServing(ReplicaId self, const MessageSigner& signer, OpenView open);

  // What becomes an offer through it is returned.

  Offers step(const StateQuery& query, SteadyTime now);
  /// The durable state is that of n now.
  Offers committed(SequenceNumber n);

  /// The state at n, if it is kept for this peer; else null.
  StateViewPtr view_for(ReplicaId peer, SequenceNumber n, SteadyTime now);
  /// Lets go of what was kept for long enough.
  void tick(SteadyTime now);

 private:
  struct Claim {
    SequenceNumber at_least;
    StateViewPtr view;  // null: not offered yet
    SteadyTime since;
    SteadyTime used;
  };

  Offers look();
  StateViewPtr newest();

  ReplicaId self_;
  const MessageSigner& signer_;
  OpenView open_;
  SequenceNumber durable_;
  std::map<ReplicaId, Claim> claims_;
};

}  // namespace quorate
