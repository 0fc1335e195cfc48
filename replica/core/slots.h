// The three phases for every slot of the window: pre-prepare, prepare, commit (OSDI'99 section 4.2).
//
// A slot is made by the first verified message for it and forgotten when h reaches it. Messages for (H, H+K] are kept
// and acted upon when h rises. Nothing here executes, and nothing depends on the service's state.
#pragma once

#include <map>
#include <optional>

#include "replica/core/context.h"
#include "replica/core/decisions.h"
#include "replica/core/outbox.h"
#include "replica/core/vote_set.h"

namespace quorate {

/// What is known of one sequence number.
struct Slot {
  std::optional<PrePrepare> accepted;
  RecordNumber accepted_record;  // 0: durable since before this start
  VoteSet prepares;              // of backups
  VoteSet commits;
  bool prepared = false;
  RecordNumber prepared_record;
  std::optional<Prepare> own_prepare;  // these two may wait for their records still
  std::optional<Commit> own_commit;
};

class Slots {
 public:
  Slots(Context& context, Outbox& outbox, Decisions& decisions);

  /// What was accepted and prepared before the restart; our votes for it are repeated, never contradicted.
  void restore(const LogImage& log);

  void step(const PrePrepare& message);
  void step(const Prepare& vote);
  void step(const Commit& vote);
  /// Accepts our own proposal. Requires this replica to be the primary and n in the window.
  void propose(const PrePrepare& message);
  /// Our own vote may have left and counts from now on.
  void count(const Prepare& own);
  void count(const Commit& own);
  /// The clock moved: held pre-prepares may have become acceptable.
  void look_at_held();
  /// When the next held pre-prepare becomes acceptable by the clock alone; nothing if none waits for it.
  std::optional<WallTime> next_held_time() const;
  /// h has risen: slots at or below it are forgotten, messages kept for beyond the old H are acted upon.
  void low_watermark_raised();

  bool wants(const VoteHeader& header) const;
  /// Null where nothing is known.
  const Slot* find(SequenceNumber n) const;
  /// The highest slot with an accepted pre-prepare; h if there is none.
  SequenceNumber highest_accepted() const;
  /// The highest slot of which anything is known; h if there is none.
  SequenceNumber highest_known() const;
  /// Counts acceptances, votes sent and decisions: changes when the protocol moves on.
  std::uint64_t progress() const { return progress_; }

 private:
  bool time_acceptable(const PrePrepare& message, const Slot& slot) const;
  bool wrong_place(View view, SequenceNumber n);
  void hold(const PrePrepare& message, Reject reason);
  void release_held(SequenceNumber n, Slot& slot);
  void accept(Slot& slot, const PrePrepare& message);
  void become_prepared(Slot& slot);
  /// Draws whatever follows from what the slot holds now.
  void advance(SequenceNumber n, Slot& slot);
  void decide_if_committed(SequenceNumber n, Slot& slot);
  bool keep(VoteSet& votes, ReplicaId signer, const VoteSet::Vote& vote);

  Context& context_;
  Outbox& outbox_;
  Decisions& decisions_;
  std::map<SequenceNumber, Slot> slots_;
  std::map<SequenceNumber, PrePrepare> held_;  // beyond H, or ahead of our clock: binds nothing
  std::uint64_t progress_ = 0;
};

}  // namespace quorate
