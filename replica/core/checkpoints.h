// Checkpoints: votes for the state at n = mK, their proof, the low watermark h and what may be dropped (OSDI'99 section
// 4.3; replica/README.md sections 4 and 5).
//
// h moves here and nowhere else, and never down. Its proof goes to the log before anything is dropped for it; bodies
// stay until the durable state holds them too.
#pragma once

#include <map>
#include <optional>

#include "replica/core/context.h"
#include "replica/core/decisions.h"
#include "replica/core/outbox.h"
#include "replica/core/vote_set.h"

namespace quorate {

class Checkpoints {
 public:
  Checkpoints(Context& context, Outbox& outbox, Decisions& decisions);

  void restore(const LogImage& log, SequenceNumber state);

  // Each of these tells whether h has risen.

  bool step(const Checkpoint& vote);
  bool step(const StableCheckpoint& proof);
  /// Our own CHECKPOINT may have left and counts from now on.
  bool count(const Checkpoint& own);

  /// The state at n was reached here; votes for it unless n is stable already.
  void checkpointed(SequenceNumber n, const Digest& root);
  void state_durable(SequenceNumber s);

  /// The state is given up: nothing that becomes durable of it counts until one is installed.
  void suspend();
  /// The state is that of n with this root, whatever it was before.
  void installed(SequenceNumber n, const Digest& root);

  bool wants(const VoteHeader& header) const;
  /// Whether a CHECKPOINT of ours for n is no surprise: it or a later stable one is in the log.
  bool knows_own(SequenceNumber n) const { return n <= context_.low_watermark || own_.contains(n); }
  /// Sends a peer that has executed this much its newest CHECKPOINT, if it may have forgotten it.
  void return_vote(SequenceNumber last_executed, ReplicaId peer);
  SequenceNumber state_durable() const { return state_; }
  /// The proof of h; nothing while h = 0.
  const std::optional<StableCheckpoint>& stable() const { return stable_; }
  /// Sends a peer whose h is this what it lacks: the proof of ours and our later CHECKPOINTs.
  void send_later_than(SequenceNumber low_watermark, ReplicaId peer);
  /// The first checkpoint at which our root differs from q others': our state is wrong. 0: none.
  SequenceNumber diverged() const { return diverged_; }

 private:
  struct Own {
    Checkpoint vote;
    RecordNumber record;
  };

  bool interval(SequenceNumber n) const { return n.value % context_.genesis.checkpoint_interval == 0; }
  bool stable_by_votes(SequenceNumber n, const Digest& root);
  void raise(StableCheckpoint proof);
  void collect();
  void vote(SequenceNumber n, const Digest& root);
  void compare(SequenceNumber n, const Digest& ours, const Digest& theirs);

  Context& context_;
  Outbox& outbox_;
  Decisions& decisions_;
  std::map<SequenceNumber, VoteSet> votes_;  // above h
  std::map<SequenceNumber, Own> own_;        // at or above h, repeated until a later one is stable
  std::optional<StableCheckpoint> stable_;
  SequenceNumber state_;
  SequenceNumber diverged_;
  bool suspended_ = false;
  SequenceNumber repaired_;  // our own CHECKPOINTs up to here may be wrong, and are neither compared nor sent anew
};

}  // namespace quorate
