// A traitor: an object over a real core that holds its host's valid keys and does what it wants with what the host
// hears and says (Lamport: a general who is not loyal).
//
// It sees every message that arrives and every one that leaves, and may alter, drop, delay and add. It knows nothing of
// the simulator: a host, virtual or a process, hands it messages through a Band (band.h).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "messages/sign.h"
#include "replica/core/core.h"

namespace quorate::traitors {

/// A message on its way out. Without a message, `bytes` is the payload of the frame that goes out.
struct Parcel {
  Channel to;
  MessagePtr message;
  std::uint64_t delay_us = 0;
  Bytes bytes = {};
};

/// What a traitor does to connections; a message has no part in it.
enum class Rudeness : std::uint8_t {
  hang_up,  // ends the connection to a replica, which is then made anew
  loiter,   // one more connection to it, on which a hello begins and never ends
  squat,    // one more connection to it, whose hello is in another's name
};

/// What all traitors of a run share.
struct Scratch {
  std::map<ReplicaId, MessageSigner> keys;  // of every traitor: each may sign in the name of its fellows
  std::map<std::pair<View, SequenceNumber>, std::set<Digest>> proposals;  // every digest that one of them saw or made
  /// Slots of which the replicas of even and of odd numbers are to believe different things.
  std::map<std::pair<View, SequenceNumber>, std::array<Digest, 2>> halves;
};

/// What a traitor is and can do: its keys, what its host knows, and its mouth.
class Self {
 public:
  Self(const Genesis& of_cluster, ReplicaId replica, const MessageSigner& own_keys, Scratch& shared, std::uint64_t seed)
      : genesis(of_cluster),
        quorums(of_cluster.quorums()),
        id(replica),
        keys(own_keys),
        scratch(shared),
        dice_(seed * 2 + 1) {}

  const Genesis genesis;
  const Quorums quorums;
  const ReplicaId id;
  const MessageSigner keys;
  Scratch& scratch;
  std::optional<std::pair<ClientId, MessageSigner>> client;  // a client that is a traitor too
  // For who runs a core of its own: the host's key, and how signatures are checked. Null where nobody told.
  const Signer* signer = nullptr;
  const SignatureScheme* scheme = nullptr;
  std::uint64_t patience_us = 300'000;  // the view timeout of the loyal
  std::uint64_t now_us = 0;
  // As far as the host's own messages told:
  View view;
  SequenceNumber low_watermark;

  bool leads(View v) const { return quorums.primary_of(v) == id; }
  /// Traitors who answer each other's lies would never end.
  bool fellow(const Channel& from) const {
    const auto* replica = std::get_if<ReplicaId>(&from);
    return replica != nullptr && scratch.keys.contains(*replica);
  }
  bool alike(const Channel& to) const { return to.index() == 0 && std::get<ReplicaId>(to).value % 2 == 0; }
  std::uint64_t below(std::uint64_t bound);

  /// Lets a message out as it is.
  void pass(Parcel parcel) { said_.push_back(std::move(parcel)); }
  void say(Channel to, Message message, std::uint64_t delay_us = 0);
  void say_to_all(const Message& message);
  void be_rude(ReplicaId to, Rudeness how) { rude_.emplace_back(to, how); }
  void say_bytes(Channel to, Bytes payload) { said_.push_back({to, nullptr, 0, std::move(payload)}); }
  /// The same for plain structs, which are signed first with the host's key.
  template <typename T>
  void lie(Channel to, T statement, std::uint64_t delay_us = 0) {
    say(to, sealed(std::move(statement), keys), delay_us);
  }
  template <typename T>
  void lie_to_all(T statement) {
    say_to_all(sealed(std::move(statement), keys));
  }
  /// Gives the host's own core a message, as if it had come from there.
  void hear(Message message, Channel from);

  template <typename T>
  static Message sealed(T statement, const MessageSigner& with) {
    if constexpr (std::is_same_v<T, PrePrepare>) {
      statement.signature = with.sign_header(statement.header);
    } else {
      with.sign(statement);
    }
    if constexpr (std::is_same_v<T, ViewChange> || std::is_same_v<T, NewView>) {
      return std::make_shared<const T>(std::move(statement));
    } else {
      return statement;
    }
  }

 private:
  friend class Band;
  std::vector<Parcel> said_;
  std::vector<std::pair<Message, Channel>> heard_;
  std::vector<std::pair<ReplicaId, Rudeness>> rude_;
  std::uint64_t dice_;
};

class Traitor {
 public:
  virtual ~Traitor() = default;
  /// A message that is about to leave, to one destination. What is not passed is dropped.
  virtual void leaving(const Parcel& parcel, Self& me) { me.pass(parcel); }
  /// A message that came in, not verified. False: the host's core never sees it.
  virtual bool arriving(const Message&, const Channel& /*from*/, Self&) { return true; }
  /// Every 20 ms or so.
  virtual void idle(Self&) {}
  /// Asked only where traitors schedule the network: how much longer this message between others takes.
  virtual std::uint64_t hold_up_us(ReplicaId /*from*/, ReplicaId /*to*/, const Message&, Self&) { return 0; }
};

/// The host's own statement of this type in a message, or null.
template <typename T>
const T* own(const Message& message, const Self& me) {
  if constexpr (std::is_same_v<T, PrePrepare>) {
    const auto* mine = std::get_if<PrePrepare>(&message);
    return mine != nullptr && me.leads(mine->header.view) ? mine : nullptr;
  } else if constexpr (std::is_same_v<T, NewView>) {
    const auto* mine = std::get_if<NewViewPtr>(&message);
    return mine != nullptr && me.leads((*mine)->view) ? mine->get() : nullptr;
  } else if constexpr (std::is_same_v<T, ViewChange>) {
    const auto* mine = std::get_if<ViewChangePtr>(&message);
    return mine != nullptr && (*mine)->replica == me.id ? mine->get() : nullptr;
  } else {
    const auto* mine = std::get_if<T>(&message);
    return mine != nullptr && mine->replica == me.id ? mine : nullptr;
  }
}

/// A traitor that does its thing with the host's own messages of one type, and lets all others out.
template <typename T>
class LiesIn : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const T* mine = parcel.message ? own<T>(*parcel.message, me) : nullptr;
    if (mine == nullptr) return me.pass(parcel);
    lie(*mine, parcel, me);
  }
  /// Gets a copy to spoil.
  virtual void lie(T mine, const Parcel& parcel, Self& me) = 0;
};

/// One entry of the list that `quorate traitors` prints.
struct Kind {
  unsigned number = 0;  // of T01 … in the project's list of faults
  const char* name = "";
  const char* description = "";  // one line
  std::unique_ptr<Traitor> (*make)() = nullptr;
};

template <typename T>
Kind kind(unsigned number, const char* name, const char* description) {
  return {number, name, description, []() -> std::unique_ptr<Traitor> { return std::make_unique<T>(); }};
}

}  // namespace quorate::traitors
