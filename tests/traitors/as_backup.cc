// Traitors that follow a view and lie in their votes (OSDI'99 section 4.2).
#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

/// Says the other vote first to half of the replicas, and last to the others.
template <typename Vote>
class TwoVotes : public LiesIn<Vote> {
 public:
  void lie(Vote mine, const Parcel& parcel, Self& me) override {
    Vote other = mine;
    other.digest = other_digest(me, mine.view, mine.n, mine.digest);
    if (me.alike(parcel.to)) me.pass(parcel);
    me.lie(parcel.to, other);
    if (!me.alike(parcel.to)) me.pass(parcel);
  }
};

/// Each vote many times, and what others said too.
class Parrot : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const bool vote = own<Prepare>(*parcel.message, me) != nullptr || own<Commit>(*parcel.message, me) != nullptr;
    const std::uint64_t times = !vote ? 1 : ++votes_ % 200 == 0 ? 1'000 : 10;
    for (std::uint64_t i = 0; i < times; ++i) me.pass(parcel);
  }
  bool arriving(const Message& message, const Channel&, Self& me) override {
    if (std::holds_alternative<Prepare>(message) || std::holds_alternative<Commit>(message)) {
      me.say(ReplicaId(static_cast<std::uint32_t>(me.below(me.quorums.replicas()))), message);
    }
    return true;
  }

 private:
  std::uint64_t votes_ = 0;
};

class PrimaryPrepares : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    me.pass(parcel);
    me.lie(parcel.to, Prepare{mine.header.view, mine.header.n, mine.header.digest, me.id, {}});
  }
};

/// COMMITs as soon as it hears of a slot, and for slots that nobody has proposed.
class EarlyCommit : public Traitor {
 public:
  bool arriving(const Message& message, const Channel&, Self& me) override {
    const auto* theirs = std::get_if<PrePrepare>(&message);
    if (theirs == nullptr) return true;
    me.lie_to_all(Commit{theirs->header.view, theirs->header.n, theirs->header.digest, me.id, {}});
    me.lie_to_all(Commit{theirs->header.view, theirs->header.n + 1, theirs->header.digest, me.id, {}});
    return true;
  }
};

/// Votes whose fields are off by one, each properly signed.
class OffByOne : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    if (const auto* prepare = own<Prepare>(*parcel.message, me)) spoil(*prepare, parcel, me);
    if (const auto* commit = own<Commit>(*parcel.message, me)) spoil(*commit, parcel, me);
    me.pass(parcel);
  }

 private:
  template <typename Vote>
  void spoil(Vote vote, const Parcel& parcel, Self& me) {
    switch (me.below(5)) {
      case 0:
        ++vote.n;
        break;
      case 1:
        vote.n = vote.n - 1;
        break;
      case 2:
        ++vote.view;
        break;
      case 3:
        vote.digest.bytes[31] ^= 1;
        break;
      default:
        vote.replica = ReplicaId((me.id.value + 1) % me.quorums.replicas());
    }
    me.lie(parcel.to, vote);
  }
};

/// Its COMMITs reach one replica only.
class OneCommits : public LiesIn<Commit> {
 public:
  void lie(Commit, const Parcel& parcel, Self& me) override {
    if (parcel.to == Channel(ReplicaId((me.id.value + 1) % me.quorums.replicas()))) me.pass(parcel);
  }
};

/// Votes in another's name with its own key, others' votes as if they were its own, and requests of a client that
/// nobody knows.
class FalseNames : public Traitor {
 public:
  void idle(Self& me) override {
    if (!me.client) return;
    const ClientId nobody(static_cast<std::uint32_t>(me.genesis.client_keys.size()));
    const std::vector<Bytes> operation = {Bytes{1}};
    me.say_to_all(Request{me.client->second.sign_bundle(nobody, Timestamp(1), operation)});
  }
  void leaving(const Parcel& parcel, Self& me) override {
    me.pass(parcel);
    const auto* mine = own<Prepare>(*parcel.message, me);
    if (mine == nullptr) return;
    Prepare theirs = *mine;
    theirs.replica = ReplicaId(static_cast<std::uint32_t>(me.below(me.quorums.replicas())));
    theirs.digest = other_digest(me, mine->view, mine->n, mine->digest);
    me.lie(parcel.to, theirs);
    theirs.replica = ReplicaId(me.quorums.replicas() + 7);
    me.lie(parcel.to, theirs);
  }
  bool arriving(const Message& message, const Channel& from, Self& me) override {
    const auto* theirs = std::get_if<Commit>(&message);
    if (theirs == nullptr || me.fellow(from)) return true;
    Commit stolen = *theirs;
    stolen.replica = me.id;
    me.say_to_all(stolen);
    return true;
  }
};

/// Signatures of other views, types and clusters under today's votes.
class Replay : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    me.pass(parcel);
    const auto* mine = own<Prepare>(*parcel.message, me);
    if (mine == nullptr) return;
    me.say(parcel.to, Commit{mine->view, mine->n, mine->digest, me.id, mine->signature});
    me.say(parcel.to, Prepare{mine->view + 1, mine->n, mine->digest, me.id, mine->signature});
    if (old_) me.say(parcel.to, *old_);
    if (!old_ || me.below(16) == 0) old_ = *mine;
  }
  bool arriving(const Message& message, const Channel& from, Self& me) override {
    const auto* theirs = std::get_if<Commit>(&message);
    if (theirs != nullptr && !me.fellow(from)) {
      me.say_to_all(Prepare{theirs->view, theirs->n, theirs->digest, theirs->replica, theirs->signature});
      if (me.below(8) == 0) me.say(from, message);
    }
    return true;
  }

 private:
  std::optional<Prepare> old_;
};

}  // namespace

std::vector<Kind> as_backup() {
  return {
      kind<TwoVotes<Prepare>>(18, "two-prepares", "PREPAREs two digests for one slot"),
      kind<TwoVotes<Commit>>(19, "two-commits", "COMMITs two digests for one slot"),
      kind<Parrot>(20, "parrot", "sends the same vote up to a thousand times, and relays those of others"),
      kind<PrimaryPrepares>(21, "primary-prepares", "as primary, PREPAREs too"),
      kind<EarlyCommit>(22, "early-commit", "COMMITs without being prepared, and before the pre-prepare"),
      kind<OffByOne>(23, "off-by-one", "votes whose view, n, digest or signer is off by one, signed"),
      kind<OneCommits>(24, "one-commits", "lets exactly one replica have its COMMITs"),
      kind<FalseNames>(25, "false-names", "votes and requests whose name, signature and channel do not fit"),
      kind<Replay>(29, "replay", "replays signatures across types and views"),
  };
}

}  // namespace quorate::traitors
