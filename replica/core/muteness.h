// Our own loss: a replica that forgot votes stays mute until the slots and views of before are behind it
// (replica/README.md, "Rejoin"). Departure from the paper, whose replicas never lose their logs.
//
// Mute (Context::mute), it signs no PRE-PREPARE, PREPARE, COMMIT, VIEW-CHANGE or NEW-VIEW, and counts none of its own.
// It sends REJOIN until that of this very loss is executed, and votes again above its floor. Both ends are in the log.
#pragma once

#include <cstdint>
#include <optional>

#include "replica/core/context.h"
#include "replica/core/outbox.h"
#include "replica/core/waiting_rejoins.h"

namespace quorate {

class Muteness {
 public:
  /// `fresh_nonce`: random, of this life.
  Muteness(Context& context, Outbox& outbox, const WaitingRejoins& rejoins, std::uint64_t fresh_nonce);

  void restore(const LogImage& log);

  /// We signed what our log does not know: from here on we are mute.
  void fall();
  /// Whether we may vote again: our REJOIN is executed, a checkpoint at or above our floor is stable, and the state
  /// through h is here.
  bool over(SequenceNumber last_executed, bool transferring) const;
  /// We vote again. What leaves from now on waits for this record.
  RecordNumber end();

  /// Sends REJOIN when it is time. `state_in_hand`: what is executed here is as far as h at least.
  void tick(bool state_in_hand);
  std::optional<SteadyTime> next() const;

  /// Our REJOIN of this loss is executed. Requires that we are mute.
  bool executed() const;
  SequenceNumber floor() const { return executed() ? rejoins_.mark_of(context_.self).floor : SequenceNumber(); }

 private:
  Context& context_;
  Outbox& outbox_;
  const WaitingRejoins& rejoins_;
  std::uint64_t fresh_nonce_;
  std::uint64_t nonce_ = 0;  // of the loss that made us mute
  SteadyTime next_;          // of the next REJOIN
};

}  // namespace quorate
