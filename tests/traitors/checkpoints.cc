// Traitors that lie about states: in their CHECKPOINTs, and when they serve a state (OSDI'99 sections 4.3 and 4.6.2).
#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

class OtherRoots : public LiesIn<Checkpoint> {
 public:
  void lie(Checkpoint mine, const Parcel& parcel, Self& me) override {
    const auto* to = std::get_if<ReplicaId>(&parcel.to);
    if (to == nullptr) return me.pass(parcel);
    mine.root.bytes[0] ^= static_cast<std::uint8_t>(1 + to->value);
    me.lie(parcel.to, mine);
  }
};

/// CHECKPOINTs of slots that nobody has reached.
class FarCheckpoints : public Traitor {
 public:
  void idle(Self& me) override {
    const std::uint64_t k = me.genesis.checkpoint_interval;
    const std::uint64_t far = (1 + me.below(1'000)) * k;
    me.lie_to_all(Checkpoint{me.low_watermark + far, null_digest(), me.id, {}});
  }
};

class NoCheckpoints : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const Message& message = *parcel.message;
    if (std::holds_alternative<Checkpoint>(message) || std::holds_alternative<StableCheckpoint>(message)) return;
    me.pass(parcel);
  }
};

/// A traitor that serves states, badly.
class BadServer : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const auto* parts = std::get_if<StateParts>(parcel.message.get());
    if (parts == nullptr) return me.pass(parcel);
    serve(*parts, parcel, me);
  }
  virtual void serve(StateParts parts, const Parcel& parcel, Self& me) = 0;
};

class WrongChunk : public BadServer {
 public:
  void serve(StateParts parts, const Parcel& parcel, Self& me) override {
    for (StatePart& part : parts.parts) {
      if (!part.content.empty()) part.content[me.below(part.content.size())] ^= 1;
    }
    me.say(parcel.to, parts);
  }
};

class Drip : public BadServer {
 public:
  void serve(StateParts parts, const Parcel& parcel, Self& me) override {
    if (parts.parts.size() > 1) parts.parts.resize(1);
    me.say(parcel.to, parts, me.patience_us / 2);
  }
};

/// The contents are right; kind, level, key and n beside them are not.
class BadLabels : public BadServer {
 public:
  void serve(StateParts parts, const Parcel& parcel, Self& me) override {
    for (StatePart& part : parts.parts) {
      switch (me.below(3)) {
        case 0:
          part.kind = static_cast<StatePartKind>(1 + static_cast<unsigned>(part.kind) % 4);
          break;
        case 1:
          part.level = static_cast<std::uint8_t>(part.level + 1);
          break;
        default:
          part.first.push_back(0);
      }
    }
    if (me.below(4) == 0) parts.n = parts.n + me.genesis.checkpoint_interval;
    me.say(parcel.to, parts);
  }
};

/// Offers the first state that it ever had, whatever is asked for.
class OldState : public LiesIn<StateOffer> {
 public:
  void lie(StateOffer mine, const Parcel& parcel, Self& me) override {
    if (!first_) first_ = mine;
    if (first_->n == mine.n) return me.pass(parcel);
    me.say(parcel.to, *first_);
  }

 private:
  std::optional<StateOffer> first_;
};

/// Begins to serve a state, and then says that it is gone.
class GoneHalfway : public BadServer {
 public:
  void serve(StateParts parts, const Parcel& parcel, Self& me) override {
    if (++served_ % 3 == 1) return me.pass(parcel);
    parts.parts.clear();
    me.say(parcel.to, parts);
  }

 private:
  std::uint64_t served_ = 0;
};

}  // namespace

std::vector<Kind> checkpoints() {
  return {
      kind<OtherRoots>(46, "other-roots", "CHECKPOINTs another root to each peer"),
      kind<FarCheckpoints>(47, "far-checkpoints", "CHECKPOINTs of slots that nobody has reached"),
      kind<NoCheckpoints>(48, "no-checkpoints", "withholds its CHECKPOINTs"),
      kind<WrongChunk>(49, "wrong-chunk", "serves parts of a state that are not of that state"),
      kind<Drip>(50, "drip", "serves a state a part at a time, slowly"),
      kind<BadLabels>(51, "bad-labels", "serves right parts under wrong kinds, levels, keys and slots"),
      kind<OldState>(52, "old-state", "offers an old state for ever"),
      kind<GoneHalfway>(53, "gone-halfway", "begins to serve a state, then says that it is gone"),
  };
}

}  // namespace quorate::traitors
