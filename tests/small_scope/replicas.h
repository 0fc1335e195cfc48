// The states that one loyal replica can be in, each made by the real core from the inputs that lead there.
//
// A state is known by what it has heard, what it has said and where it stands. The order of what it heard is forgotten,
// except between votes of one signer that contradict each other, of which the core keeps the first; every sixteenth
// time that this makes one state of two, both go on side by side and must say the same. A core cannot be copied: a
// state that is needed again is made again from its inputs, and each (state, input) once only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "messages/verify.h"
#include "replica/core/core.h"
#include "tests/simulation/keys.h"

namespace quorate::small_scope {

inline constexpr WallTime noon{1'700'000'000'000'000};
using MessageId = std::uint32_t;
using StateId = std::uint32_t;  // of one replica
/// A message, or a wait of many timeouts without hearing anything.
using Input = std::uint32_t;
inline constexpr Input timeout = ~Input{0};

/// All messages that anybody ever said, each once.
class Messages {
 public:
  Messages(const Genesis& genesis, const SignatureScheme& scheme) : verifier_(genesis, scheme, 0) {}

  struct Entry {
    Verified<Message> message;
    Channel from;
    std::optional<VoteHeader> header;
    Digest name;
  };
  /// Requires a message that verifies. `from` hands it in.
  MessageId add(const Message& message, Channel from, ReplicaId primary);
  const Entry& operator[](MessageId id) const { return entries_[id]; }
  std::size_t size() const { return entries_.size(); }

 private:
  Verifier verifier_;
  std::vector<Entry> entries_;
  std::map<std::pair<Digest, Channel>, MessageId> known_;  // by content, and who hands it in
};

struct Decided {
  SequenceNumber n;
  Digest digest;
  friend bool operator==(const Decided&, const Decided&) = default;
};

struct ReplicaState {
  std::vector<Input> path;                                // the inputs in the order that led here first
  std::vector<Input> heard;                               // the same, ascending
  std::vector<std::pair<MessageId, std::uint32_t>> said;  // and to which replica
  std::vector<Decided> decided;                           // executed, in order
  View view;
  bool active = true;
  std::map<Input, std::optional<StateId>> next;  // nothing: the input changes nothing
};

class Replicas {
 public:
  Replicas(const Genesis& genesis, const simulation::Keys& keys, Messages& messages)
      : genesis_(genesis), keys_(keys), messages_(messages) {}

  /// The state of this replica before any input.
  StateId start(ReplicaId replica);
  const ReplicaState& operator[](StateId id) const { return states_[id]; }
  /// Where the input leads; nothing when the core has no use for it.
  std::optional<StateId> after(ReplicaId replica, StateId state, Input input);

  std::uint64_t count() const { return states_.size(); }
  std::uint64_t merged() const { return merged_; }

 private:
  /// A core that stands in a state, and what it said and decided on the way.
  struct Run;
  std::unique_ptr<Run> run(ReplicaId replica, const std::vector<Input>& path) const;
  static ReplicaState state_of(const Run& run, std::vector<Input> path);
  Digest name(ReplicaId replica, const ReplicaState& state) const;
  StateId intern(ReplicaId replica, ReplicaState state);
  /// Two orders that are taken for one state go on alike.
  void check_alike(ReplicaId replica, const ReplicaState& state, StateId known) const;

  const Genesis& genesis_;
  const simulation::Keys& keys_;
  Messages& messages_;
  std::vector<ReplicaState> states_;
  std::map<Digest, StateId> known_;
  std::uint64_t merged_ = 0;
};

}  // namespace quorate::small_scope
