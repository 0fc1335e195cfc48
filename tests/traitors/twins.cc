// T62, twins: two replicas with one key, each of which believes that it is the one (as after a careless copy of a
// disk).
//
// The host's core speaks with the replicas of even numbers, and a second real core, which was born with it, with the
// others. Neither lies; together they equivocate, vote twice and change views twice.
#include "messages/verify.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

class Twins : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    if (const auto* mine = own<PrePrepare>(*parcel.message, me); mine != nullptr && mine->batch) {
      wall_ = std::max(wall_, mine->batch->time());
    }
    if (twin(me) == nullptr || parcel.to.index() != 0 || me.alike(parcel.to)) me.pass(parcel);
  }

  bool arriving(const Message& message, const Channel& from, Self& me) override {
    Core* second = twin(me);
    if (second == nullptr) return true;
    const bool for_host = from.index() != 0 || me.alike(from);
    if (for_host && !std::holds_alternative<Request>(message)) return true;
    const auto* theirs = std::get_if<PrePrepare>(&message);
    if (theirs != nullptr && theirs->batch) wall_ = std::max(wall_, theirs->batch->time());
    const View view = theirs != nullptr ? theirs->header.view : View();
    const auto header = vote_header(message, me.quorums.primary_of(view));
    if (header && !second->wants(*header)) return for_host;
    if (const auto verified = verifier_->verify(message)) {
      second->tick(now(me));
      second->step(*verified, from);
      speak(me);
    }
    return for_host;
  }

  void idle(Self& me) override {
    Core* second = twin(me);
    if (second == nullptr) return;
    second->tick(now(me));
    speak(me);
  }

 private:
  Moment now(const Self& me) const { return {SteadyTime(me.now_us), wall_}; }

  /// Born when it is first needed; null where nobody told this traitor how signatures are checked.
  Core* twin(const Self& me) {
    if (!core_ && me.signer != nullptr && me.scheme != nullptr) {
      verifier_ = std::make_unique<Verifier>(me.genesis, *me.scheme, 256);
      core_ = std::make_unique<Core>(me.genesis, me.id, *me.signer, CoreOptions(), Recovered(), now(me));
    }
    return core_.get();
  }

  /// Its disk is in its head, and it executes without a state: so it signs no CHECKPOINT.
  void speak(Self& me) {
    for (bool more = true; more;) {
      Output output = core_->take_output();
      more = !output.records.empty() || !output.executes.empty();
      for (const Send& send : output.sends) {
        const auto* only = std::get_if<ReplicaId>(&send.to);
        if (std::holds_alternative<ClientId>(send.to)) continue;
        for (std::uint32_t i = 0; i < me.quorums.replicas(); ++i) {
          const Channel to = ReplicaId(i);
          if (!me.alike(to) && (only == nullptr || *only == ReplicaId(i))) me.say(to, *send.message);
        }
      }
      for (const Execute& slot : output.executes) core_->executed({slot.n, {}});
      if (!output.records.empty()) core_->persisted(output.records.back().number);
    }
  }

  std::unique_ptr<Verifier> verifier_;
  std::unique_ptr<Core> core_;
  WallTime wall_;
};

}  // namespace

std::vector<Kind> twins() {
  return {kind<Twins>(62, "twins", "two replicas with one key: one speaks with even numbers, one with odd ones")};
}

}  // namespace quorate::traitors
