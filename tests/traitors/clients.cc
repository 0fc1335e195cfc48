// Traitors among the clients, whose requests a traitor replica sends, and those that lie to clients.
#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

/// A replica that speaks for a client with whom it colludes, about every 40 ms.
class SpeaksForClient : public Traitor {
 public:
  void idle(Self& me) override {
    if (me.client && ++idles_ % 2 == 0) speak(me);
  }
  virtual void speak(Self& me) = 0;

 protected:
  static Request request(const Self& me, Timestamp t, std::uint8_t content, std::size_t bytes = 1) {
    const std::vector<Bytes> operation = {Bytes(bytes, content)};
    return {me.client->second.sign_bundle(me.client->first, t, operation)};
  }
  Timestamp t_{1};

 private:
  std::uint64_t idles_ = 0;
};

class TwoOperations : public SpeaksForClient {
 public:
  void speak(Self& me) override {
    for (std::uint32_t i = 0; i < me.quorums.replicas(); ++i) {
      me.say(ReplicaId(i), request(me, t_, static_cast<std::uint8_t>(i)));
    }
    ++t_;
  }
};

class BadTimestamps : public SpeaksForClient {
 public:
  void speak(Self& me) override {
    ++t_;
    const std::uint64_t back = me.below(t_.value) + 1;
    me.say_to_all(request(me, Timestamp(back), 2));
    me.say_to_all(request(me, Timestamp(~std::uint64_t{0}), 3));
    me.say_to_all(request(me, Timestamp(std::uint64_t{1} << me.below(64)), 4));
  }
};

/// The group order of Ed25519 added to the second half of a signature: as good to a careless verifier.
class MalleatedSignatures : public LiesIn<Prepare> {
 public:
  void lie(Prepare mine, const Parcel& parcel, Self& me) override {
    static constexpr std::array<std::uint8_t, 32> order = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      carry += static_cast<unsigned>(mine.signature.bytes[32 + i]) + order[i];
      mine.signature.bytes[32 + i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    me.say(parcel.to, mine);
    mine.signature = {};
    me.say(parcel.to, mine);
    me.pass(parcel);
  }
};

/// Large requests, and all of the last ones again.
class ClientFlood : public SpeaksForClient {
 public:
  void speak(Self& me) override {
    sent_.push_back(request(me, t_, 5, 4'096));
    ++t_;
    if (sent_.size() > 16) sent_.erase(sent_.begin());
    for (const Request& again : sent_) me.say_to_all(again);
  }

 private:
  std::vector<Request> sent_;
};

class BackupsOnly : public SpeaksForClient {
 public:
  void speak(Self& me) override {
    for (std::uint32_t i = 0; i < me.quorums.replicas(); ++i) {
      if (ReplicaId(i) != me.quorums.primary_of(me.view)) me.say(ReplicaId(i), request(me, t_, 6));
    }
    ++t_;
  }
};

/// Other results under a root of its own, the first answer for ever, and "too old".
class WrongReplies : public LiesIn<Replies> {
 public:
  void lie(Replies mine, const Parcel& parcel, Self& me) override {
    if (!first_) first_ = mine;
    const auto* client = std::get_if<ClientId>(&parcel.to);
    switch (me.below(3)) {
      case 0: {
        Leaf leaf = mine.leaves.front();
        leaf.result.push_back(1);
        me.lie(parcel.to, Replies{me.id, 1, leaf.digest(), {}, mine.view_hint, 0, {leaf}, {}});
        break;
      }
      case 1:
        me.say(parcel.to, *first_);
        break;
      default:
        if (client == nullptr) return me.pass(parcel);
        me.lie(parcel.to, Refusal{RefusalReason::too_old, *client, mine.leaves.front().timestamp, me.id, {}});
    }
  }

 private:
  std::optional<Replies> first_;
};

}  // namespace

std::vector<Kind> clients() {
  return {
      kind<TwoOperations>(54, "two-operations",
                          "a client with one timestamp for a different operation at each replica"),
      kind<BadTimestamps>(55, "bad-timestamps", "a client whose timestamps go back, or far ahead"),
      kind<MalleatedSignatures>(56, "malleated-signatures", "votes under malleated and all-zero Ed25519 signatures"),
      kind<ClientFlood>(57, "client-flood", "a client with large requests that are sent again and again"),
      kind<BackupsOnly>(58, "backups-only", "a client that asks backups only"),
      kind<WrongReplies>(59, "wrong-replies", "answers clients with wrong and stale results"),
  };
}

}  // namespace quorate::traitors
