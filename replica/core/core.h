// The PBFT state machine of one replica, as a value: inputs in, outputs out, nothing else (OSDI'99 sections 4.2
// to 4.4).
//
// Inputs: step (a verified message), tick (time), executed and checkpointed (the service), persisted (the log),
// state_durable (the state). Output: what must become durable, what to send and which record each message waits for,
// what to execute, what to answer, and when to wake up. `wants` is a pure question asked before a signature is
// verified. No I/O, clock, thread or randomness: the same inputs in the same order give the same outputs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "crypto/signature.h"
#include "messages/genesis.h"
#include "messages/messages.h"
#include "messages/reject.h"
#include "messages/verify.h"
#include "replica/core/log_record.h"

namespace quorate {

/// What one replica may choose for itself.
struct CoreOptions {
  std::uint32_t pipeline_depth = 4;            // slots proposed and not yet executed by this primary
  std::uint64_t status_interval_us = 250'000;  // STATUS to all peers; doubled (capped) while nothing changes
  // Bytes of admitted, unexecuted bundles; beyond them: busy. What clients hand in and what each replica forwards are
  // counted apart, so that the primary has room for whatever a backup has.
  std::size_t client_bytes_max = 4 * 1024 * 1024;      // of one client, in each of these shares
  std::size_t admitted_bytes_max = 256 * 1024 * 1024;  // of all together; an N-th of it in each share
  std::uint32_t fetch_batches_max = 32;                // committed batches sent for one fetch
  std::uint64_t view_timeout_us = 400'000;             // without progress until a primary is complained about
  std::uint64_t view_timeout_max_us = 10'000'000;      // doubled for each view change in a row up to this
};

/// Who handed in a message: the authenticated peer of a connection.
using Channel = std::variant<ReplicaId, ClientId>;

/// To whom a message goes. Never includes the sender itself.
struct ToAllReplicas {};
using Destination = std::variant<ToAllReplicas, ReplicaId, ClientId>;

/// Leaves only once record `waits_for` is durable (0: at once). Sends to one destination keep their order.
struct Send {
  Destination to;
  MessagePtr message;
  RecordNumber waits_for;
};

/// Execute this decided slot next. Slots come in order without gaps; `batch` is null for the null batch.
struct Execute {
  SequenceNumber n;
  Digest digest;
  BatchPtr batch;
};

/// Answer these operations from the client's window: all were executed before, or are too old.
struct AnswerStored {
  ClientId client;
  Timestamp first;
  Timestamp last;
};

/// Tell the client that its bundle was shed: over its quota, or too much is waiting.
struct AnswerBusy {
  ClientId client;
  Timestamp first;
};

/// Send the retained batches first … first + count − 1 (as far as the log has them) to a peer that lacks them.
struct ServeRetained {
  ReplicaId to;
  SequenceNumber first;
  std::uint32_t count = 0;
};

struct Output {
  std::vector<NumberedRecord> records;  // in order; consecutive numbers
  std::vector<Send> sends;
  std::vector<Execute> executes;
  std::vector<AnswerStored> answers;
  std::vector<AnswerBusy> busy;
  std::vector<ServeRetained> serves;
  /// Fetch the state at this checkpoint or a later one, and call `installed`. From here on nothing is executed: what
  /// was handed out and is not executed yet is void.
  std::optional<SequenceNumber> transfer;
  /// Call tick at this time at the latest.
  SteadyTime wake_up;
};

/// What the service holds of one replica's REJOINs.
struct RejoinMark {
  ReplicaId replica;
  std::uint64_t count = 0;  // executed so far
  std::uint64_t nonce = 0;  // of the last one
  SequenceNumber floor;     // the replica votes again once a checkpoint from here on is stable

  friend bool operator==(const RejoinMark&, const RejoinMark&) = default;
};

/// What execution did with one operation of a batch, as far as the core must know.
struct ExecutedOperation {
  ClientId client;
  Timestamp timestamp;
};

/// The service has executed slot n.
struct Executed {
  SequenceNumber n;
  /// Operations executed for the first time, in order: no duplicates, nothing too old or too far.
  std::vector<ExecutedOperation> operations;
  /// Likewise of REJOINs.
  std::vector<RejoinMark> rejoins = {};
};

/// One client's window as the service holds it: everything at or below `low` is decided for ever.
struct ClientMark {
  ClientId client;
  Timestamp low;
  std::vector<Timestamp> executed;  // above low, ascending
};

/// What a restart begins with: the durable log, and the durable state at `state` (0: empty, or lost). The log may have
/// dropped what led on from there: then the state is fetched.
struct Recovered {
  LogImage log;
  SequenceNumber state;
  std::vector<ClientMark> clients;
  bool state_lost = false;  // a transfer was under way: only another one brings a state
  std::vector<RejoinMark> rejoins = {};
  std::uint64_t fresh_nonce = 0;  // random and of this life, should it turn out that the log has forgotten votes
};

/// The header of a message as claimed, before its signature is checked.
struct VoteHeader {
  MessageType type = MessageType::prepare;
  View view;         // 0 where the type has none
  SequenceNumber n;  // 0 where the type has none
  Digest digest;
  ReplicaId replica;
};
/// The header of any message that `wants` can judge; nothing for the others, which are always wanted.
std::optional<VoteHeader> vote_header(const Message& message, ReplicaId primary_of_view);

/// A proposal whose time was further ahead of our clock than the bound allows.
struct ClockSkew {
  ReplicaId primary;
  std::uint64_t ahead_us = 0;
  bool vouched = false;  // f+1 backups took it, or one before it, at once: it is our clock that is behind
};

/// Why a replica leaves a view.
enum class Grievance : std::uint8_t {
  none,
  nothing_executed,     // for the timeout
  request_passed_over,  // later ones were executed
  connection_broken,    // the one to the primary, and nothing more became known
  slow,                 // by the measure of the last views
  time_behind,          // proposes times that stay behind our clock
  no_new_view,          // of a view that was to begin
  others_left,          // f+1 of them
  forgotten,            // we may have left it before we lost our log
};
struct LeftView {
  View view;
  Grievance why = Grievance::none;
};

/// How far a mute replica is on its way back.
struct Mute {
  bool rejoin_executed = false;
  SequenceNumber floor;  // once it is: the checkpoint that must be stable
};

/// Where a replica stands, for status displays and tests.
struct CoreStatus {
  View view;
  bool active = true;
  ReplicaId primary;
  SequenceNumber low_watermark;
  SequenceNumber last_executed;
  SequenceNumber state_durable;
  std::size_t admitted_bytes = 0;
  /// The first checkpoint at which our root differed from a stable one: this replica's state is wrong. 0: none.
  SequenceNumber diverged;
  bool transferring = false;  // the state is being fetched from the peers
  std::optional<ClockSkew> clock_skew;
  std::optional<LeftView> left;              // the last view that was left since the start, with a VIEW-CHANGE
  Grievance common_fault = Grievance::none;  // what most primaries lately seem to do: `slow` or `time_behind`
  std::optional<Mute> mute;                  // the log was lost, or is an older copy: this replica does not vote
  std::array<std::uint64_t, reject_count> rejects{};
};

class Core {
 public:
  /// `signer` must outlive the core. Outputs of the restart (repeated executions, STATUS) wait in the first
  /// take_output.
  Core(const Genesis& genesis, ReplicaId self, const Signer& signer, const CoreOptions& options,
       const Recovered& recovered, Moment now);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void step(const Verified<Message>& message, Channel from);
  void tick(Moment now);
  /// Slots come in the order in which they were handed out.
  void executed(const Executed& result);
  /// The root over the state at n = mK is known (n was executed before).
  void checkpointed(SequenceNumber n, const Digest& root);
  /// All records up to this one are durable.
  void persisted(RecordNumber through);
  /// The durable state is that of n, as it was asked for, and this is its root. Execution goes on from there.
  void installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients,
                 const std::vector<RejoinMark>& rejoins);
  /// The state as of slot s = mK is durable.
  void state_durable(SequenceNumber s);

  /// False when this message would change nothing, whatever its signature: it may be dropped unverified.
  bool wants(const VoteHeader& header) const;
  /// A connection to this peer has just been made: it is sent a STATUS.
  void connected(ReplicaId peer);
  /// The connection to this peer has broken, and there is no other one.
  void disconnected(ReplicaId peer);

  Output take_output();
  CoreStatus status() const;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace quorate
