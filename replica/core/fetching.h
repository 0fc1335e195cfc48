// Catching up on decided slots: FETCH asks a peer for batches with their q COMMITs, which decide whoever sent them
// (replica/README.md, "Status and fetch").
//
// One request is under way at a time. A peer that does not answer is followed by the next one. Nearly every slot
// arrives by itself, so a replica asks only when it is far behind, below h, or stuck at one slot for a while.
#pragma once

#include <optional>
#include <vector>

#include "replica/core/context.h"
#include "replica/core/decisions.h"
#include "replica/core/outbox.h"

namespace quorate {

class Fetching {
 public:
  Fetching(Context& context, Outbox& outbox, Decisions& decisions);

  /// A peer says how far it has executed.
  void learn(ReplicaId peer, SequenceNumber last_executed);
  /// A decided slot, asked for or not. A slot beyond the window that nobody asked for is not kept.
  void step(const CommittedBatch& batch, bool body_logged);
  /// A peer asks: sends from memory, and has the log's retained batches sent.
  void step(const Fetch& fetch);
  /// Asks when it is time.
  void tick();
  /// When tick may have something to do; nothing while we are not behind.
  std::optional<SteadyTime> next() const;

  bool wants(SequenceNumber n) const;
  /// f+1 peers say that they have executed our first missing slot: at least one has.
  bool behind() const;
  /// Every peer that executed the first missing slot was asked for it, and none had it.
  bool hopeless() const;

 private:
  struct Asked {
    ReplicaId peer;
    SequenceNumber first;
    SequenceNumber last;
    SteadyTime deadline;
  };
  struct Peer {
    SequenceNumber last_executed;
    std::optional<SteadyTime> served;
  };

  bool expected(SequenceNumber n) const;
  SequenceNumber frontier() const;
  /// How many peers say that they have executed our first missing slot.
  std::size_t ahead() const;
  /// The time from which the first missing slot is worth a FETCH. Requires that some peer executed it.
  SteadyTime worth_asking() const;
  void settle();
  void ask();

  Context& context_;
  Outbox& outbox_;
  Decisions& decisions_;
  std::vector<Peer> peers_;
  std::optional<Asked> asked_;
  std::uint32_t turn_ = 0;      // whom to ask next
  SequenceNumber stuck_at_;     // the first missing slot when last looked,
  SteadyTime stuck_since_;      // and since when
  SteadyTime not_before_;       // paces requests
  std::size_t unanswered_ = 0;  // requests for stuck_at_ that brought nothing
};

}  // namespace quorate
