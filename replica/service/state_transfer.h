// Fetches the state at a checkpoint from the peers (OSDI'99 section 4.6.2; replica/README.md, "State transfer").
//
// The target is a state that f+1 peers offer alike. Its tree is walked from the root; wherever a node equals ours,
// nothing below it is fetched. Of a group that differs in part only the differing entries come. Each part is proven
// before it is written, several peers are asked at once, one that is slow is asked less and one that lies no more. What
// was written counts when the target changes or the process restarts: the next walk finds it equal. Memory is bounded
// by what is under way. Pure: the store is behind an interface, messages and times are passed in.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "crypto/error.h"
#include "messages/genesis.h"
#include "messages/messages.h"
#include "messages/sign.h"
#include "replica/service/ordered_map.h"
#include "replica/service/state_tree.h"

namespace quorate {

/// Where the fetched state goes.
class TransferStore {
 public:
  struct Change {
    Bytes key;
    std::optional<Bytes> value;  // nothing: erased
  };
  /// What makes the entries from `first` up to `next` a group with this digest. Ascending keys.
  struct Group {
    Bytes first;
    std::optional<Bytes> next;  // nothing: to the end
    Digest digest;
    std::vector<Change> changes;
  };

  virtual ~TransferStore() = default;
  virtual const Table& entries() const = 0;
  virtual const Table& nodes() const = 0;
  /// From here on what is here is no state until `finish`, also after a restart. Makes all nodes anew, so that they
  /// are those of the entries, whatever happened.
  virtual Result<void> begin() = 0;
  /// Ascending, proven groups. Their nodes follow; those above them are wrong until `complete`.
  virtual Result<void> write(const std::vector<Group>& groups) = 0;
  /// Makes the nodes above the groups anew. The root over what is here.
  virtual Result<Digest> complete() = 0;
  /// What is here is the state at this checkpoint.
  virtual Result<void> finish(SequenceNumber n, const Digest& root) = 0;
};

class StateTransfer {
 public:
  struct Target {
    SequenceNumber n;
    Digest root;
    friend auto operator<=>(const Target&, const Target&) = default;
  };
  struct Output {
    std::vector<std::pair<ReplicaId, Message>> sends;
    std::optional<Target> done;   // the store holds this state
    std::optional<Error> failed;  // the store could not be written
  };
  struct Progress {
    SequenceNumber target;  // 0: none is chosen yet
    std::uint64_t bytes = 0;
    std::uint32_t percent = 0;  // of the target's key space that is known to be here, in some large steps
  };

  /// The signer and the store must outlive this object.
  StateTransfer(const Genesis& genesis, ReplicaId self, const MessageSigner& signer, TransferStore& store);

  /// Fetches the state at this checkpoint or a later one. Requires that none is being fetched.
  void begin(SequenceNumber at_least, SteadyTime now);
  bool active() const { return phase_ != Phase::idle; }
  void step(const StateOffer& offer, ReplicaId from, SteadyTime now);
  void step(const StateParts& parts, ReplicaId from, SteadyTime now);
  void tick(SteadyTime now);
  /// When tick may have something to do; nothing when idle.
  std::optional<SteadyTime> next() const;
  Output take();
  Progress progress() const;

 private:
  enum class Phase { idle, gathering, fetching };
  /// A part of the target's key space that is not known to equal ours, beginning at its key in `items_`.
  struct Item {
    StatePartKind kind = StatePartKind::root;
    std::uint8_t level = 0;
    std::optional<Bytes> next;  // where it ends; nothing: at the end
    Digest digest;
    Bytes selected;              // of entries
    std::vector<Bytes> digests;  // of entries: what the group consists of
    bool asked = false;
  };
  using Items = std::map<Bytes, Item, ByteOrder>;
  struct Request {
    std::vector<StateWant> wants;
    SteadyTime deadline;
  };
  struct Source {
    std::deque<Request> requests;
    std::uint32_t missed = 0;
  };

  void gather(SteadyTime now);
  void gather_again(SteadyTime now);
  /// Asks who has offered nothing yet in this round.
  void query(SteadyTime now);
  void fetch(const Target& target, SteadyTime now);
  void ask(SteadyTime now);
  bool ask(ReplicaId peer, Source& source, SteadyTime now);
  /// Asks the sources for more, or looks for others if there are none left.
  void go_on(SteadyTime now);
  void release(const Request& request);
  void drop(ReplicaId peer);
  std::optional<Request> answered(Source& source, const StateParts& parts);
  void finish_if_done(SteadyTime now);

  /// False when the part is not what it must be: its sender lies.
  bool take_part(const StatePart& part, const StateWant& want);
  bool take_root(const StatePart& part);
  bool take_children(Items::iterator at, const StatePart& part);
  bool take_digests(Items::iterator at, const StatePart& part);
  bool take_entries(Items::iterator at, const StatePart& part);
  void expect(std::uint8_t level, const state_tree::Node& node, const std::optional<Bytes>& next);
  void replace(Items::iterator at, std::vector<state_tree::Entry>&& entries);
  /// Writes what is proven: all of it, or what is before this key.
  void flush(const Bytes* before = nullptr);
  void flush_if_much();
  Digest complete();
  void note(const Result<void>& done);

  Genesis genesis_;
  ReplicaId self_;
  const MessageSigner& signer_;
  TransferStore& store_;

  Phase phase_ = Phase::idle;
  SequenceNumber at_least_;
  std::uint32_t round_ = 0;
  SequenceNumber queried_;  // in this round
  SteadyTime deadline_;
  SteadyTime next_query_;
  std::map<ReplicaId, Target> offers_;
  std::set<ReplicaId> liars_;

  std::optional<Target> target_;
  std::map<ReplicaId, Source> sources_;
  Items items_;
  std::uint8_t top_level_ = 0;
  std::set<Bytes, ByteOrder> landmarks_;                        // where the target's highest nodes begin
  std::map<Bytes, TransferStore::Group, ByteOrder> unwritten_;  // by their first keys
  std::size_t unwritten_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  Output output_;
};

}  // namespace quorate
