// A true ledger over real slots, its checkpoint with all proofs, and a replica that shows it: what tests forge.
#pragma once

#include <memory>
#include <vector>

#include "replica/service/ledger_answers.h"
#include "replica/service/service.h"
#include "tests/support/memory_transfer_store.h"
#include "tests/support/sample_messages.h"

namespace quorate::testing {

class LedgerRig {
 public:
  /// Executes so many slots, each second one the null batch, with a checkpoint at `checkpoint` (0: none).
  LedgerRig(std::uint64_t slots, std::uint64_t checkpoint);

  const SampleCluster& cluster() const { return cluster_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  const std::vector<CommittedBatch>& marks() const { return marks_; }
  const LedgerCheckpoint& checkpoint() const { return *checkpoint_; }
  /// What a loyal replica answers, signed.
  LedgerAnswer answer(ReplicaId replica, SequenceNumber first, std::uint32_t count, LedgerWants wants) const;
  LedgerAnswer signed_by(ReplicaId replica, LedgerAnswer answer) const;

 private:
  SampleCluster cluster_;
  MemoryState state_;
  std::vector<Block> blocks_;
  std::vector<CommittedBatch> marks_;
  std::optional<LedgerCheckpoint> checkpoint_;
};

}  // namespace quorate::testing
