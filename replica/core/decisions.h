// Decided slots: their bodies and certificates, executed in order, each once (OSDI'99 section 4.2).
//
// A slot is decided by q COMMITs for one (v, n, d) and the body, in whatever order and from whomever they came. Its
// mark goes to the log, the slot to execution as soon as all before it went there. Batches stay here, to be served to
// laggards, until they are collected: stable, and in the durable state.
#pragma once

#include <map>

#include "replica/core/context.h"
#include "replica/core/outbox.h"

namespace quorate {

class Decisions {
 public:
  Decisions(const Context& context, Outbox& outbox);

  /// Takes over the marks of the log; those above `state` without a gap go to execution again.
  void restore(const LogImage& log, SequenceNumber state);

  bool decided(SequenceNumber n) const { return n <= handed_out_ || batches_.contains(n); }
  /// A decision so far ahead of execution that keeping it could cost unbounded memory: it is fetched later.
  bool too_far(SequenceNumber n) const;
  /// Requires a slot that is neither decided nor too far. `body_logged`: an AcceptedRecord for (n, d) is in the log.
  void decide(CommitCertificate certificate, BatchPtr batch, bool body_logged);

  /// Nothing goes to execution until a state is installed.
  void suspend() { suspended_ = true; }
  /// The state is that of slot n ≥ collected(): execution goes on behind it, again if it was further already.
  void installed(SequenceNumber n);

  /// The next slot was executed. Returns its body; null for the null batch.
  BatchPtr executed(SequenceNumber n);
  SequenceNumber last_executed() const { return last_executed_; }
  /// The lowest slot that is not decided here; all below were handed to execution.
  SequenceNumber first_missing() const { return handed_out_ + 1; }
  /// The highest slot decided here, or first_missing() − 1.
  SequenceNumber highest() const;

  /// The batch of a decided slot above `collected()`.
  const CommittedBatch* find(SequenceNumber n) const;
  /// Slots through n are stable and in the durable state: their batches are the log's retained ones from now on.
  void collect(SequenceNumber n);
  SequenceNumber collected() const { return collected_; }

 private:
  void hand_out();
  void forget_old();

  const Context& context_;
  Outbox& outbox_;
  std::map<SequenceNumber, CommittedBatch> batches_;  // above collected_
  SequenceNumber collected_;
  SequenceNumber last_executed_;
  SequenceNumber handed_out_;
  bool suspended_ = false;
};

}  // namespace quorate
