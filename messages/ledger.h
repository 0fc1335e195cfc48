// Questions about the ledger and their answers: to clients with all that proves a block, to replicas that lack blocks.
//
// Blocks of an answer follow each other, so each one's link is computed and not sent: a block that is not the true one
// changes the digests of all behind it. Certificates and bodies stand beside the blocks. What proves what, and who
// checks it, is in client/ledger_proof.h. Encodings: README.md, "Ledger".
#pragma once

#include <cstdint>
#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "messages/batch.h"
#include "messages/block.h"
#include "messages/certificates.h"
#include "messages/reject.h"

namespace quorate {

/// What a client wants to have beside the blocks.
struct LedgerWants {
  bool certificates = false;
  bool bodies = false;
  bool checkpoint = false;
  friend bool operator==(const LedgerWants&, const LedgerWants&) = default;
};

/// Asks for the blocks first … first + count − 1. A count of 0 asks whether block `first` is what others say.
struct LedgerQuery {
  ClientId client;
  std::uint64_t nonce = 0;
  SequenceNumber first;
  std::uint32_t count = 0;
  LedgerWants wants;
  Signature signature;
};

struct LedgerEntry {
  Block block;
  std::optional<CommitCertificate> certificate;  // for (n, block.batch); nothing: not wanted, or not retained any more
  BatchPtr batch;                                // null: likewise, or the null batch
};

/// Shows that an entry of the replicated state is under its root (replica/service/README.md, "Tree").
struct StateProof {
  Bytes group;                // all entries of its group: key as bytes ‖ value as bytes
  std::vector<Bytes> levels;  // from level 2 to the highest: the children of the node above it
};

/// A stable checkpoint, and the state's record of n, ledger head and time under its root.
struct LedgerCheckpoint {
  StableCheckpoint stable;
  StateProof state;
};

/// `oldest` … `newest` are the blocks that the replica holds; 0 and 0: none. `head` is its block at `head_n`: the last
/// of the entries, or of a count of 0 `first`; 0 and zeros if it has none there. That much is signed; the rest proves
/// itself or is worth nothing.
struct LedgerAnswer {
  ReplicaId replica;
  ClientId client;
  std::uint64_t nonce = 0;
  SequenceNumber oldest;
  SequenceNumber newest;
  SequenceNumber head_n;
  Digest head;
  Signature signature;
  std::vector<LedgerEntry> entries;            // the first so many of those asked for, as fit
  std::optional<LedgerCheckpoint> checkpoint;  // the newest that the replica can prove
};

/// A replica asks for `count` blocks, of which `last` is the last.
struct BlockFetch {
  ReplicaId replica;
  SequenceNumber last;
  std::uint32_t count = 0;
  Signature signature;
};

/// The answer: as many as the sender has without a gap up to `last`, ascending; none: it has none there. They prove
/// themselves to whoever knows the digest of the last one.
struct BlockRun {
  SequenceNumber last;
  std::vector<Block> blocks;
};

std::uint8_t encode_wants(LedgerWants wants);
std::optional<LedgerWants> parse_wants(std::uint8_t bits);

/// Requires entries that follow each other.
Bytes encode_entries(const std::vector<LedgerEntry>& entries);
Bytes encode_checkpoint(const LedgerCheckpoint& checkpoint);
/// Requires blocks that follow each other up to `last`, or none.
Bytes encode_run(const BlockRun& run);

// The inverses. Errors: malformed_encoding, too_many_elements; of entries also malformed_batch, malformed_bundle.

tl::expected<std::vector<LedgerEntry>, Reject> parse_entries(ByteView encoded);
tl::expected<LedgerCheckpoint, Reject> parse_checkpoint(ByteView encoded);
tl::expected<BlockRun, Reject> parse_run(SequenceNumber last, ByteView encoded);

}  // namespace quorate
