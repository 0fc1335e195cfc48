// One client's side of the protocol as a value: operations and messages in, messages and outcomes out (OSDI'99 section
// 4.1).
//
// Operations are gathered into signed bundles, sent to the primary, after the first timeout (client_core_patience.h) to
// all, as the same bytes until answered. No t is ever signed with two operations. An outcome needs f+1 equal signed
// answers. No clock, socket, thread or randomness: the same inputs in the same order give the same outputs. The Asio
// shell around it is client.h.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "client/client_core_marks.h"
#include "client/client_core_patience.h"
#include "client/client_core_replica_set.h"
#include "client/client_core_votes.h"
#include "crypto/signature.h"
#include "messages/genesis.h"
#include "messages/messages.h"
#include "messages/reject.h"
#include "messages/sign.h"
#include "messages/verify.h"

namespace quorate {

/// Names a submitted operation within one ClientCore, from 1 on.
using OperationId = Strong<struct OperationIdTag, std::uint64_t>;

struct ClientOptions {
  std::uint32_t bundles_at_once = 2;  // with fewer under way, what waits is sent at once; else full bundles only
  std::size_t outstanding_bytes_max = 2 * 1024 * 1024;  // sent and unanswered; one operation always may leave
  std::uint64_t retry_first_us = 200'000;               // at most, then to all, doubled each time
  std::uint64_t retry_first_min_us = 100'000;           // at least, where answers are quick
  std::uint64_t retry_max_us = 16'000'000;
  std::uint64_t back_off_first_us = 20'000;  // after "busy", doubled each time
  std::uint64_t back_off_max_us = 1'000'000;
};

/// What a client knows at the start of a life.
struct ClientLife {
  std::uint64_t nonce = 0;  // fresh for each life
  /// The first t that no former life can have used, if a durable memory tells. Then no t at or above it is used before
  /// `reserved` has allowed it. Without memory the cluster is asked, and what former lives left unanswered is lost.
  std::optional<Timestamp> next;
};

struct ClientSend {
  ReplicaId to;
  MessagePtr message;
};

struct Completion {
  OperationId operation;
  /// Never only for an operation that is pinned to its t: any other is asked again under a new one.
  Fate fate = Fate::unknown;
  Leaf leaf;  // of what stands at its t; meaningful unless unknown
};

/// What an operation was signed as. A later life can ask with it how the operation ended.
struct SignedAs {
  Timestamp timestamp;
  Digest digest;
};

struct ClientOutput {
  std::vector<ClientSend> sends;  // one message to several replicas stands in neighbouring entries
  std::vector<Completion> completions;
  /// Call tick at this time at the latest; the largest value when nothing is due.
  SteadyTime wake_up;
};

class ClientCore {
 public:
  /// The signer must outlive the core. Until q replicas have told their marks, operations wait.
  ClientCore(const Genesis& genesis, ClientId self, const Signer& signer, const ClientLife& life,
             const ClientOptions& options, SteadyTime now);

  /// Requires 1 to operation_bytes_max bytes. The outcome comes in a later output, exactly once.
  OperationId submit(Bytes operation);
  /// As submit, under a t that `allot` gave to this life or a former one. The same operation at the same t, however
  /// often and in whichever life it is submitted, is executed once. Requires that the t is not under way.
  OperationId submit_at(Timestamp t, Bytes operation);
  /// Takes the next `count` timestamps for submit_at and tells the first. Requires started() and none wanted for them.
  Timestamp allot(std::uint64_t count);

  /// How many timestamps beyond the reserved ones are needed to send what waits and to allot `more`.
  std::uint64_t timestamps_wanted(std::uint64_t more = 0) const;
  /// The memory says durably that no later life may use a t below `end`.
  void reserved(Timestamp end);
  /// The next t of this life. Requires started().
  Timestamp next() const { return *next_; }

  /// Takes back an operation that has not left yet: true, and it never runs and has no completion. False when it was
  /// sent or is unknown; it is then sent on until answered.
  bool withdraw(OperationId operation);
  /// What an unanswered operation was signed as; from now on it is asked under no other t. Nothing while it waits.
  std::optional<SignedAs> pin(OperationId operation);
  /// A message from the authenticated replica `from`.
  void step(const Verified<Message>& message, ReplicaId from);
  /// Where `from` believes the primary to be: an unsigned hint, also taken from replies that are not wanted.
  void hint(ReplicaId from, View view);
  void tick(SteadyTime now);
  /// A connection was made: what is unanswered goes to this replica again. Sends go to connected replicas only.
  void connected(ReplicaId replica);
  void disconnected(ReplicaId replica);

  /// False when this message would change nothing, whatever its signature: it may be dropped unverified.
  bool wants(const Message& message, ReplicaId from) const { return !refusal_of(message, from); }
  ClientOutput take_output();

  /// True once the first t is known.
  bool started() const { return next_.has_value(); }
  /// The (f+1)-th highest hint: a loyal replica is in this view or a later one.
  View view() const;
  std::uint32_t connected_count() const { return connected_.size(); }
  /// Operations without an outcome.
  std::size_t unanswered() const { return queue_.size() + given_.size() + operations_in_flight_; }
  /// The unanswered operation that has this t.
  std::optional<OperationId> under_way_at(Timestamp t) const;
  /// Messages that step refused, by reason.
  const std::array<std::uint64_t, reject_count>& rejects() const { return rejects_; }

 private:
  struct Queued {
    OperationId id;
    Bytes operation;
  };
  struct Asked {
    OperationId id;
    Digest digest;
    bool pinned = false;  // to this t
    bool answered = false;
    OperationVotes votes;
  };
  struct Flight {
    MessagePtr request;
    std::size_t bytes = 0;
    std::vector<Asked> operations;  // i has t = first + i
    std::size_t open = 0;           // of them unanswered
    SteadyTime first_sent;
    SteadyTime due;  // then it is for all
    SteadyTime retry_at;
    std::uint64_t retry_us = 0;
    std::uint64_t back_off_us = 0;
    ReplicaSet busy;  // who said so since it was last sent
    bool backing_off = false;
    bool broken = false;  // a former life used one of its t: replicas will not push it any more
  };
  using Flights = std::map<Timestamp, Flight>;  // by first t

  std::optional<Reject> refusal_of(const Message& message, ReplicaId from) const;
  std::optional<Reject> refusal_of(const Replies& replies) const;
  std::optional<Reject> refusal_of(const Refusal& refusal) const;
  std::optional<Reject> refusal_of(const MarkAnswer& answer) const;
  /// The bundle in which t is an unanswered operation; the end when t is none of ours. For const and mutable flights.
  template <typename AnyFlights>
  static auto find(AnyFlights& flights, Timestamp t);

  void take(const Replies& replies);
  void take(const Refusal& refusal);
  void take(const MarkAnswer& answer);
  void start_after(Timestamp newest);
  void complete(Timestamp t, Fate fate, const Leaf* leaf);
  void note_busy(Flights::iterator flight, ReplicaId replica);

  void send_bundles();
  void send_given();
  std::size_t bundle_max() const;
  bool may_leave(Timestamp first, std::size_t bytes, bool full) const;
  std::uint64_t window_room(Timestamp first) const;
  std::size_t next_bundle_size() const;
  void launch(std::size_t count);
  void fly(Timestamp first, std::vector<Asked> asked, const std::vector<Bytes>& operations);
  void mend_broken();
  void retransmit(Flight& flight);
  void send_to_all(const MessagePtr& message);
  void send_to(ReplicaId replica, const MessagePtr& message);
  SteadyTime wake_up() const;

  Quorums quorums_;
  std::uint64_t client_window_;
  ClientId self_;
  MessageSigner signer_;
  ClientOptions options_;
  SteadyTime now_;

  MessagePtr mark_query_;
  std::uint64_t nonce_;
  MarkCollector marks_;
  SteadyTime marks_retry_at_;
  std::uint64_t marks_retry_us_;
  std::optional<Timestamp> remembered_;  // ClientLife::next
  std::optional<Timestamp> next_;        // the next t; known once started
  Timestamp life_first_;                 // the first t of this life
  Timestamp reserved_end_;

  std::deque<Queued> queue_;
  std::map<Timestamp, Queued> given_;
  std::uint64_t last_id_ = 0;
  Flights flights_;
  Patience patience_;
  std::vector<SteadyTime> answered_;  // since the last tick: when those bundles were sent first
  std::size_t operations_in_flight_ = 0;
  std::size_t bytes_in_flight_ = 0;
  SteadyTime hold_until_;  // no new bundle before, as the cluster is busy

  std::vector<View> hints_;  // by replica
  ReplicaSet connected_;
  std::vector<ClientSend> sends_;
  std::vector<Completion> completions_;
  std::array<std::uint64_t, reject_count> rejects_{};
};

}  // namespace quorate
