// The three phases for every slot of the window: pre-prepare, prepare, commit (OSDI'99 section 4.2).
//
// A slot is made by the first verified message for it and forgotten when h reaches it. Messages for (H, H+K] are kept
// and acted upon when h rises. Nothing here executes, and nothing depends on the service's state. Votes are of one
// view, the newest that was active here: after it was left they decide still, and nothing new is signed. Certificates
// outlive their views.
#pragma once

#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "replica/core/bodies.h"
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
  std::optional<PrePrepareHeader> awaited;  // of O, and its body is not here yet,
  Signature awaited_signature;
  std::optional<PreparedBatch> certificate;  // of the highest view, handed to the log
  std::optional<Prepare> own_prepare;        // these two may wait for their records still
  std::optional<Commit> own_commit;
};

class Slots {
 public:
  Slots(Context& context, Outbox& outbox, Decisions& decisions, Bodies& bodies);

  /// What was accepted and prepared before the restart; our votes for it are repeated, never contradicted.
  void restore(const LogImage& log);
  /// Forgets the votes of the last view and begins with what NEW-VIEW demands. Requires that the context is there.
  void enter(const NewView& new_view);
  /// A body arrived that O may wait for.
  void body_arrived(const BatchBody& body);
  /// P of a VIEW-CHANGE: the certificate of the highest view for each slot of the window.
  std::vector<PreparedCertificate> certificates() const;
  /// The body with this digest, from wherever it is held; null when it is not.
  BatchPtr body(SequenceNumber n, const Digest& digest) const;
  /// The newest view that was active here.
  View view() const { return view_; }

  void step(const PrePrepare& message);
  void step(const Prepare& vote);
  void step(const Commit& vote);
  /// Accepts our own proposal. Requires this replica to be the primary and n in the window.
  void propose(const PrePrepare& message);
  /// Our own vote may have left and counts from now on.
  void count(const Prepare& own);
  void count(const Commit& own);
  /// We are mute: our votes are neither counted nor repeated.
  void fall_silent();
  /// We vote again, on what was accepted and prepared meanwhile too; not before this record is durable.
  void speak_again(RecordNumber record);
  /// Whether what we signed, by this header, is no surprise: it or something later is in the log.
  bool knows_own(const VoteHeader& header) const;
  /// The clock moved: held pre-prepares may have become acceptable.
  void look_at_held();
  /// When the next held pre-prepare becomes acceptable by the clock alone; nothing if none waits for it.
  std::optional<WallTime> next_held_time() const;
  /// What the newest proposal of this view says about our clock; nothing when the two agree.
  const std::optional<ClockSkew>& clock_skew() const { return clock_skew_; }
  /// h has risen: slots at or below it are forgotten, messages kept for beyond the old H are acted upon.
  void low_watermark_raised();

  bool wants(const VoteHeader& header) const;
  /// Null where nothing is known.
  const Slot* find(SequenceNumber n) const;
  /// The highest slot with an accepted pre-prepare; h if there is none.
  SequenceNumber highest_accepted() const;
  /// The highest slot that must come to execution in this view: by its primary's word, or that of f+1; h if there is
  /// none.
  SequenceNumber highest_known() const;
  /// The highest slot that f+1 have voted on; h if there is none.
  SequenceNumber highest_voted() const;
  /// Counts acceptances, votes sent and decisions: changes when the protocol moves on.
  std::uint64_t progress() const { return progress_; }

 private:
  std::uint64_t ahead_of_our_clock(const PrePrepare& message) const;
  bool vouched_for(const PrePrepare& message, const Slot& slot) const;
  bool time_acceptable(const PrePrepare& message, const Slot& slot) const;
  void compare_clocks(const PrePrepare& message, const Slot& slot);
  bool wrong_place(View view, SequenceNumber n);
  template <typename Vote>
  bool keep_early(const Vote& vote);
  void demand(const SignedHeader& header);
  void hold(const PrePrepare& message, Reject reason);
  void release_held(SequenceNumber n, Slot& slot);
  void accept(Slot& slot, const PrePrepare& message);
  void vote_prepare(Slot& slot, RecordNumber record);
  void vote_commit(Slot& slot, RecordNumber record);
  void become_prepared(Slot& slot);
  /// Draws whatever follows from what the slot holds now.
  void advance(SequenceNumber n, Slot& slot);
  bool voted(const Slot& slot) const;
  void decide_if_committed(SequenceNumber n, Slot& slot);
  bool keep(VoteSet& votes, ReplicaId signer, const VoteSet::Vote& vote);

  Context& context_;
  Outbox& outbox_;
  Decisions& decisions_;
  Bodies& bodies_;
  View view_;
  std::map<SequenceNumber, Slot> slots_;
  // Votes of each peer for the view that comes next, until its NEW-VIEW is here.
  std::vector<std::vector<std::variant<Prepare, Commit>>> early_;
  std::map<SequenceNumber, BatchPtr> old_bodies_;  // of the last view, while the next one begins
  std::map<SequenceNumber, PrePrepare> held_;      // beyond H, or ahead of our clock: binds nothing
  std::optional<ClockSkew> clock_skew_;
  std::uint64_t progress_ = 0;
};

}  // namespace quorate
