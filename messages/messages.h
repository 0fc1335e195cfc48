// The vocabulary: every message as a plain struct. Names follow OSDI'99.
//
// Votes are compared by fields, never by bytes. What each signature covers is in README.md, byte for byte; sign.h makes
// those inputs. `replica` is always the signer.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "messages/batch.h"
#include "messages/certificates.h"
#include "messages/ledger.h"
#include "messages/state_parts.h"
#include "messages/types.h"
#include "messages/view_change.h"

namespace quorate {

/// The number of a message on the wire and in its signature.
enum class MessageType : std::uint8_t {
  request = 1,
  pre_prepare = 2,
  prepare = 3,
  commit = 4,
  checkpoint = 5,
  stable_checkpoint = 6,
  status = 7,
  fetch = 8,
  committed_batch = 9,
  replies = 10,
  refusal = 11,
  mark_query = 12,
  mark_answer = 13,
  health_query = 14,
  health_report = 15,
  hello = 16,
  hello_answer = 17,
  hello_proof = 18,
  view_change = 19,
  new_view = 20,
  fetch_body = 21,
  body = 22,
  state_query = 23,
  state_offer = 24,
  state_fetch = 25,
  state_parts = 26,
  ledger_query = 27,
  ledger_answer = 28,
  block_fetch = 29,
  block_run = 30,
  rejoin = 31,
};

/// A client's bundle, from itself or forwarded by a replica.
struct Request {
  BundlePtr bundle;
};

/// ⟨PRE-PREPARE, v, n, d⟩ signed by primary(v), with the body beside it. `batch` is null exactly for the null digest.
struct PrePrepare {
  PrePrepareHeader header;
  Signature signature;
  BatchPtr batch;
};

/// ⟨PREPARE, v, n, d, i⟩
struct Prepare {
  View view;
  SequenceNumber n;
  Digest digest;
  ReplicaId replica;
  Signature signature;
};

/// ⟨COMMIT, v, n, d, i⟩
struct Commit {
  View view;
  SequenceNumber n;
  Digest digest;
  ReplicaId replica;
  Signature signature;
};

/// ⟨CHECKPOINT, n, root, i⟩
struct Checkpoint {
  SequenceNumber n;
  Digest root;
  ReplicaId replica;
  Signature signature;
};

/// Where a replica stands, so that a peer can send what it lacks. Bit i of a bitmap (byte i/8, bit i%8) stands for
/// n = low_watermark + 1 + i; a bitmap has ⌈L/8⌉ bytes.
struct Status {
  ReplicaId replica;
  View view;
  bool active = true;
  SequenceNumber low_watermark;  // h
  SequenceNumber last_executed;
  Bytes accepted;   // pre-prepare and body in hand
  Bytes prepared;   // prepared in `view`
  Bytes committed;  // committed-local
  Signature signature;
};

/// Asks for the committed batches first, first + 1, … first + count − 1.
struct Fetch {
  ReplicaId replica;
  SequenceNumber first;
  std::uint32_t count = 0;
  Signature signature;
};

/// A decided slot: certificate and body (null exactly for the null digest). Proves itself; anybody may send it.
struct CommittedBatch {
  CommitCertificate certificate;
  BatchPtr batch;
};

/// Asks for the body of the batch with this digest, which a certificate for slot n names.
struct FetchBody {
  ReplicaId replica;
  SequenceNumber n;
  Digest digest;
  Signature signature;
};

/// The answer: the body itself, which proves itself by its digest.
struct BatchBody {
  SequenceNumber n;
  Digest digest;
  BatchPtr batch;
};

/// How an executed operation ended; part of the leaf, so all replicas agree on it.
enum class OperationStatus : std::uint8_t {
  done = 0,
  condition_not_met = 1,  // a transaction took its else-branch
  failed = 2,             // an operating result such as overflow; nothing was changed
  malformed = 3,          // the operation's bytes are not an operation; nothing was changed
};

/// The execution of one operation. At most one leaf for each (client, t) in the whole ledger.
struct Leaf {
  ClientId client;
  Timestamp timestamp;
  Digest operation_digest;
  SequenceNumber n;
  std::uint32_t index = 0;  // among all operations of the batch
  OperationStatus status = OperationStatus::done;
  Bytes result;

  friend bool operator==(const Leaf&, const Leaf&) = default;
  /// The leaf's digest in a reply tree.
  Digest digest() const;
};

/// ⟨REPLIES, i, tree size, root⟩ and a run of leaves with the proof that they are in that tree.
struct Replies {
  ReplicaId replica;
  std::uint32_t tree_size = 0;
  Digest root;
  Signature signature;
  View view_hint;           // not signed: where the sender believes the primary to be
  std::uint32_t first = 0;  // position of leaves[0] in the tree
  std::vector<Leaf> leaves;
  std::vector<Digest> proof;
};

/// Why a replica answers an operation without a leaf. Each has a signature tag of its own; none is a receipt.
enum class RefusalReason : std::uint8_t {
  too_old = 1,  // at or below the client's low mark: it was executed before or never will be
  too_far = 2,  // more than timestamp_jump_max above the low mark
  busy = 3,     // shed under load: try again
};

/// ⟨reason, client, t, i⟩
struct Refusal {
  RefusalReason reason = RefusalReason::busy;
  ClientId client;
  Timestamp timestamp;
  ReplicaId replica;
  Signature signature;
};

/// A client without memory asks for the newest t that was executed for it. Signed by the client.
struct MarkQuery {
  ClientId client;
  std::uint64_t nonce = 0;
  Signature signature;
};

struct MarkAnswer {
  ClientId client;
  std::uint64_t nonce = 0;
  Timestamp newest;
  ReplicaId replica;
  View view_hint;  // signed, yet only a hint
  Signature signature;
};

/// Asks a replica how it is. Signed by the client.
struct HealthQuery {
  ClientId client;
  std::uint64_t nonce = 0;
  Signature signature;
};

struct HealthReport {
  ReplicaId replica;
  std::uint64_t nonce = 0;
  View view;
  bool active = true;
  SequenceNumber last_executed;
  SequenceNumber stable_checkpoint;
  std::string health;  // "ok", or what is wrong in words
  Signature signature;
};

/// Which keys a connection's hello speaks of.
enum class PeerKind : std::uint8_t { replica = 1, client = 2 };

/// First frame of the dialler, unsigned: who it says it is, and its nonce.
struct Hello {
  std::uint32_t wire_version = 0;
  PeerKind kind = PeerKind::replica;
  std::uint32_t id = 0;
  Digest cluster_id;
  std::array<std::uint8_t, 32> nonce{};
};

/// The listener's answer, signed over both nonces.
struct HelloAnswer {
  std::uint32_t wire_version = 0;
  ReplicaId replica;
  std::array<std::uint8_t, 32> nonce{};
  Signature signature;
};

/// The dialler's proof, signed over both nonces. After it the connection carries messages.
struct HelloProof {
  Signature signature;
};

using Message =
    std::variant<Request, PrePrepare, Prepare, Commit, Checkpoint, StableCheckpoint, Status, Fetch, CommittedBatch,
                 Replies, Refusal, MarkQuery, MarkAnswer, HealthQuery, HealthReport, Hello, HelloAnswer, HelloProof,
                 ViewChangePtr, NewViewPtr, FetchBody, BatchBody, StateQuery, StateOffer, StateFetch, StateParts,
                 LedgerQuery, LedgerAnswer, BlockFetch, BlockRun, Rejoin>;
using MessagePtr = std::shared_ptr<const Message>;

MessageType type_of(const Message& message);

}  // namespace quorate
