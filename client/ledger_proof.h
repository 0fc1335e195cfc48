// Reads blocks of the ledger from one replica that need not be trusted, and proves each before it is shown.
//
// The blocks first … last are walked once, each linked to the one before by its digest, up to something that replicas
// have signed: the head in a stable checkpoint (q of them, and the state's record under their root), or for blocks
// above it block `last` itself (f+1 of them, one of which is loyal). So the digest of every block is known before any
// is shown. Then they are read again with certificates and bodies, block by block. A replica can withhold blocks; it
// cannot make one up. Where answers come from is behind an interface: a cluster (ledger_source.h), or a file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "messages/messages.h"
#include "messages/verify.h"

namespace quorate {

class LedgerSource {
 public:
  virtual ~LedgerSource() = default;
  /// The replica's answer; nothing when none came in time. Not verified.
  virtual std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) = 0;
  /// What replicas answer about their block at n, from as many as `enough` if so many answer in time. Not verified.
  virtual std::vector<LedgerAnswer> heads(SequenceNumber n, std::size_t enough) = 0;
};

struct LedgerFailure {
  enum class Kind {
    silent,    // no answer came
    gone,      // the replica does not hold the first of them any more
    absent,    // or not yet the last
    unproven,  // fewer than f+1 replicas signed the last block, and no checkpoint is above it
    lie,       // what came is not what the signatures and digests say
  };
  Kind kind = Kind::silent;
  std::string text;
};

/// What the blocks first … last rest on.
struct LedgerFoundation {
  SequenceNumber first;
  SequenceNumber last;
  Digest block;                          // at last
  SequenceNumber checkpoint;             // those through this one are under it; 0: none is
  std::vector<ReplicaId> checkpoint_by;  // q
  std::vector<ReplicaId> block_by;       // f+1 or more who signed block `last`; empty when the checkpoint covers it
};

class LedgerProof {
 public:
  static constexpr std::uint32_t page = 512;

  /// The scheme must outlive this object.
  LedgerProof(const Genesis& genesis, const SignatureScheme& scheme);

  /// Requires 1 ≤ first ≤ last.
  tl::expected<LedgerFoundation, LedgerFailure> prove(LedgerSource& source, SequenceNumber first, SequenceNumber last);
  /// Shows each block that was proven, in order, with its certificate and its body unless they are not held any more.
  using Show = std::function<void(const LedgerEntry&)>;
  tl::expected<void, LedgerFailure> read(LedgerSource& source, const Show& show);

 private:
  using Checked = tl::expected<void, LedgerFailure>;

  tl::expected<LedgerAnswer, LedgerFailure> ask(LedgerSource& source, SequenceNumber first, std::uint64_t count,
                                                LedgerWants wants);
  Checked take_checkpoint(const LedgerCheckpoint& checkpoint);
  Checked walk(LedgerSource& source, std::vector<LedgerEntry> entries, SequenceNumber end);
  Checked link(const Block& block);
  Checked collect_heads(LedgerSource& source);
  Checked check(const LedgerEntry& entry);

  Genesis genesis_;
  Verifier verifier_;
  LedgerFoundation foundation_;
  Digest checkpoint_head_;
  std::vector<Digest> digests_;  // of first … last
  std::optional<Digest> previous_;
};

}  // namespace quorate
