// The retransmission of the protocol: each replica tells where it stands, and its peers send what it lacks
// (replica/README.md, "Status and fetch"; a departure from the paper's timers for each message).
//
// Idempotent, bounded and rate limited. Votes are our own; bodies go out when a peer misses them twice in a row, since
// the first time they may be on their way. Who seems to have forgotten its own votes is sent the newest of them.
#pragma once

#include <optional>
#include <vector>

#include "replica/core/checkpoints.h"
#include "replica/core/context.h"
#include "replica/core/decisions.h"
#include "replica/core/outbox.h"
#include "replica/core/slots.h"
#include "replica/core/view_changes.h"

namespace quorate {

class StatusExchange {
 public:
  StatusExchange(Context& context, Outbox& outbox, const Decisions& decisions, const Slots& slots,
                 Checkpoints& checkpoints, ViewChanges& view_changes);

  /// A peer's STATUS: sends it what it lacks.
  void step(const Status& status);
  /// A connection was made: the peer is told where we stand, and nothing is on its way to it.
  void connected(ReplicaId peer);
  /// Sends a STATUS to all when it is time. `pending`: there is work that is not executed.
  void tick(bool pending);
  SteadyTime next() const { return next_; }

 private:
  struct Peer {
    std::optional<Status> last;
    std::optional<SteadyTime> answered;
  };

  Status status() const;
  void send_slots(const Peer& peer, const Status& theirs);
  /// Returns the newest of a peer's own votes that its STATUS does not know: it may have forgotten them.
  void return_votes(const Status& theirs);
  /// Sends a peer that stands at `theirs` what it lacks at n; the body too if `body`. Returns the bytes of bodies.
  std::size_t send_slot(SequenceNumber n, const Slot& slot, const Status& theirs, bool body);

  Context& context_;
  Outbox& outbox_;
  const Decisions& decisions_;
  const Slots& slots_;
  Checkpoints& checkpoints_;
  ViewChanges& view_changes_;
  std::vector<Peer> peers_;
  SteadyTime next_;
  std::uint64_t backoff_ = 1;
  std::uint64_t seen_progress_ = 0;
};

}  // namespace quorate
