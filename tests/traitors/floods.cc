// Traitors that drown others: bad signatures, good ones for nothing, bytes that are no message, and connections.
#include "messages/codec.h"
#include "messages/limits.h"
#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

constexpr std::uint64_t burst = 20;  // votes in 20 ms, to each replica

class BadSignatures : public Traitor {
 public:
  void idle(Self& me) override {
    for (std::uint64_t i = 1; i <= burst; ++i) {
      Prepare vote{me.view, me.low_watermark + i, null_digest(), me.id, {}};
      vote.signature = spoilt(vote.signature);
      me.say_to_all(vote);
    }
  }
};

class FarVotes : public Traitor {
 public:
  void idle(Self& me) override {
    for (std::uint64_t i = 0; i < burst; ++i) {
      const std::uint64_t far = std::uint64_t{1} << me.below(63);
      me.lie_to_all(Commit{me.view + far, me.low_watermark + me.below(64), null_digest(), me.id, {}});
      me.lie_to_all(Prepare{me.view, me.low_watermark + far, null_digest(), me.id, {}});
    }
  }
};

/// What it says goes out damaged too: cut off, longer, a word changed, a list that claims to be huge. And what it signs
/// has fields of a wrong size.
class HostileBytes : public Traitor {
 public:
  void idle(Self& me) override {
    const std::size_t right = (me.genesis.log_window + 7) / 8;
    const Bytes map(me.below(2) == 0 ? right + 1 : limits::bitmap_bytes_max + 1);
    me.lie_to_all(Status{me.id, me.view, true, me.low_watermark, SequenceNumber(), map, map, map, {}});
  }
  void leaving(const Parcel& parcel, Self& me) override {
    me.pass(parcel);
    if (me.below(4) != 0) return;
    Bytes payload = encode(*parcel.message);
    switch (me.below(5)) {
      case 0:
        payload.resize(me.below(payload.size()));
        break;
      case 1:
        payload.insert(payload.end(), 8 * (1 + me.below(64)), 0);
        break;
      case 2:
        payload[me.below(payload.size())] ^= static_cast<std::uint8_t>(1 + me.below(255));
        break;
      case 3:
        for (std::size_t i = 4; i < 8 && i < payload.size(); ++i) payload[i] = 0xff;
        break;
      default:
        for (std::size_t i = me.below(payload.size() / 8) * 8, end = i + 8; i < end; ++i) payload[i] = 0xff;
    }
    me.say_bytes(parcel.to, std::move(payload));
  }
};

/// Hangs up on one after the other and dials again, and keeps their ports busy: hellos that never end, and hellos in
/// another's name.
class RudeCaller : public Traitor {
 public:
  void idle(Self& me) override {
    const ReplicaId to(static_cast<std::uint32_t>(me.below(me.quorums.replicas())));
    if (to == me.id) return;
    if (me.below(4) == 0) me.be_rude(to, Rudeness::hang_up);
    for (int i = 0; i < 4; ++i) me.be_rude(to, Rudeness::loiter);
    me.be_rude(to, Rudeness::squat);
  }
};

}  // namespace

std::vector<Kind> floods() {
  return {
      kind<BadSignatures>(26, "bad-signatures", "floods all with votes of bad signature"),
      kind<FarVotes>(27, "far-votes", "floods all with signed votes for far views and slots"),
      kind<HostileBytes>(28, "hostile-bytes", "sends frames that are cut, longer, changed, or have huge lists"),
      kind<RudeCaller>(66, "rude-caller",
                       "hangs up and dials again, leaves hellos unfinished, and calls in others' names"),
  };
}

}  // namespace quorate::traitors
