// Replicas of which two lives speak: twins with one key (T62, as after a careless copy of a disk), and one that starts
// again and again from an older disk (T63).
//
// The second life is a real core with the host's key. Neither life lies; together they equivocate, vote twice and
// change views twice.
#include <functional>
#include <optional>

#include "messages/verify.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

/// A real core beside the host's. Its disk is in its head, and it executes without a state: so it signs no CHECKPOINT.
class SecondLife {
 public:
  /// Where nobody told how signatures are checked there is none.
  static bool possible(const Self& me) { return me.signer != nullptr && me.scheme != nullptr; }

  explicit SecondLife(const Self& me, const std::optional<StableCheckpoint>& stable = std::nullopt, WallTime wall = {})
      : verifier_(me.genesis, *me.scheme, 256),
        stable_(stable),
        core_(me.genesis, me.id, *me.signer, CoreOptions(), disk(stable), {SteadyTime(me.now_us), wall}),
        wall_(wall) {}

  void hear(const Message& message, const Channel& from, const Self& me) {
    const auto* theirs = std::get_if<PrePrepare>(&message);
    if (theirs != nullptr && theirs->batch) wall_ = std::max(wall_, theirs->batch->time());
    const View view = theirs != nullptr ? theirs->header.view : View();
    const auto header = vote_header(message, me.quorums.primary_of(view));
    if (header && !core_.wants(*header)) return;
    const auto verified = verifier_.verify(message);
    if (!verified) return;
    tick(me);
    core_.step(*verified, from);
  }
  void tick(const Self& me) { core_.tick({SteadyTime(me.now_us), wall_}); }
  /// The host's proposals tell it the time too.
  void learn(WallTime time) { wall_ = std::max(wall_, time); }

  /// Says what it has to say, to the replicas that are listening.
  void speak(Self& me, const std::function<bool(ReplicaId)>& listening) {
    for (bool more = true; more;) {
      Output output = core_.take_output();
      more = !output.records.empty() || !output.executes.empty();
      for (const Send& send : output.sends) {
        const auto* only = std::get_if<ReplicaId>(&send.to);
        if (std::holds_alternative<ClientId>(send.to)) continue;
        for (std::uint32_t i = 0; i < me.quorums.replicas(); ++i) {
          const ReplicaId to(i);
          if (listening(to) && (only == nullptr || *only == to)) me.say(to, *send.message);
        }
      }
      for (const Execute& slot : output.executes) core_.executed({slot.n, {}});
      for (const NumberedRecord& record : output.records) {
        if (const auto* raised = std::get_if<StableRecord>(&record.record)) stable_ = raised->proof;
      }
      if (!output.records.empty()) core_.persisted(output.records.back().number);
    }
  }
  const std::optional<StableCheckpoint>& stable() const { return stable_; }
  WallTime wall() const { return wall_; }

 private:
  static Recovered disk(const std::optional<StableCheckpoint>& stable) {
    Recovered found;
    if (!stable) return found;
    found.log.stable = stable;
    found.log.bodies_collected = found.state = stable->n;
    return found;
  }

  Verifier verifier_;
  std::optional<StableCheckpoint> stable_;
  Core core_;
  WallTime wall_;
};

/// The host's core speaks with the replicas of even numbers, and the second with the others.
class Twins : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const auto* mine = own<PrePrepare>(*parcel.message, me);
    if (mine != nullptr && mine->batch && be_born(me)) twin_->learn(mine->batch->time());
    if (!be_born(me) || parcel.to.index() != 0 || me.alike(parcel.to)) me.pass(parcel);
  }
  bool arriving(const Message& message, const Channel& from, Self& me) override {
    if (!be_born(me)) return true;
    const bool for_host = from.index() != 0 || me.alike(from);
    if (for_host && !std::holds_alternative<Request>(message)) return true;
    twin_->hear(message, from, me);
    speak(me);
    return for_host;
  }
  void idle(Self& me) override {
    if (!be_born(me)) return;
    twin_->tick(me);
    speak(me);
  }

 private:
  bool be_born(const Self& me) {
    if (!twin_ && SecondLife::possible(me)) twin_.emplace(me);
    return twin_.has_value();
  }
  void speak(Self& me) {
    twin_->speak(me, [&](ReplicaId to) { return !me.alike(to); });
  }
  std::optional<SecondLife> twin_;
};

/// Lives for as long as a view's timeout and then begins again from its last stable checkpoint, without the votes that
/// it gave since: it votes on what it hears as if it never had. The host's core, which remembers, only listens.
class Amnesia : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const auto* checkpoint = own<Checkpoint>(*parcel.message, me);
    if (!SecondLife::possible(me) || parcel.to.index() != 0 || checkpoint != nullptr) me.pass(parcel);
  }
  bool arriving(const Message& message, const Channel& from, Self& me) override {
    if (!SecondLife::possible(me)) return true;
    life(me).hear(message, from, me);
    speak(me);
    return true;
  }
  void idle(Self& me) override {
    if (!SecondLife::possible(me)) return;
    life(me).tick(me);
    speak(me);
  }

 private:
  SecondLife& life(const Self& me) {
    if (!life_ || me.now_us >= ends_us_) {
      const auto stable = life_ ? life_->stable() : std::nullopt;
      const WallTime wall = life_ ? life_->wall() : WallTime();
      life_.emplace(me, stable, wall);
      ends_us_ = me.now_us + me.patience_us;
    }
    return *life_;
  }
  void speak(Self& me) {
    life_->speak(me, [](ReplicaId) { return true; });
  }
  std::optional<SecondLife> life_;
  std::uint64_t ends_us_ = 0;
};

}  // namespace

std::vector<Kind> twins() {
  return {
      kind<Twins>(62, "twins", "two replicas with one key: one speaks with even numbers, one with odd ones"),
      kind<Amnesia>(63, "amnesia", "starts again and again from an older disk, and votes as if it never had"),
  };
}

}  // namespace quorate::traitors
