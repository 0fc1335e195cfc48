#include "replica/core/muteness.h"

namespace quorate {

Muteness::Muteness(Context& context, Outbox& outbox, const WaitingRejoins& rejoins, std::uint64_t fresh_nonce)
    : context_(context), outbox_(outbox), rejoins_(rejoins), fresh_nonce_(fresh_nonce), next_(context.now.steady) {}

void Muteness::restore(const LogImage& log) {
  context_.mute = log.mute.has_value();
  nonce_ = log.mute.value_or(0);
}

// Two losses may be noticed in one life: each has a nonce of its own.
void Muteness::fall() {
  context_.mute = true;
  nonce_ = fresh_nonce_++;
  next_ = context_.now.steady;
  outbox_.record(MuteRecord{nonce_});
}

bool Muteness::executed() const {
  const RejoinMark& own = rejoins_.mark_of(context_.self);
  return own.count != 0 && own.nonce == nonce_;
}

// Above the floor no slot was within the window in which we may have voted before the loss: REJOIN's own slot is above
// the h of then, since nobody could order a nonce that was not drawn yet.
bool Muteness::over(SequenceNumber last_executed, bool transferring) const {
  if (!context_.mute || transferring || !executed()) return false;
  return context_.low_watermark >= floor() && last_executed >= context_.low_watermark;
}

RecordNumber Muteness::end() {
  context_.mute = false;
  return outbox_.record(SpeakRecord{});
}

void Muteness::tick(bool state_in_hand) {
  if (!context_.mute || !state_in_hand || executed() || context_.now.steady < next_) return;
  Rejoin rejoin{context_.self, rejoins_.mark_of(context_.self).count + 1, nonce_, {}};
  context_.signer.sign(rejoin);
  outbox_.send(ToAllReplicas{}, rejoin, outbox_.last_record());
  next_ = context_.now.steady + context_.options.status_interval_us;
}

std::optional<SteadyTime> Muteness::next() const {
  return context_.mute && !executed() ? std::optional(next_) : std::nullopt;
}

}  // namespace quorate
