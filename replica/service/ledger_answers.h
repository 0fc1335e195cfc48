// An answer about the ledger, put together from a replica's blocks and from the marks of its log. Pure: reading them,
// and signing, are the driver's.
#pragma once

#include <vector>

#include "messages/messages.h"

namespace quorate {

/// What a replica holds of the ledger at one moment. Blocks follow each other; marks ascend, some may be missing.
struct LedgerHoldings {
  SequenceNumber oldest;  // of all blocks; 0: none
  SequenceNumber newest;
  std::vector<Block> blocks;  // of the slots that are asked for, and maybe of others
  std::vector<CommittedBatch> marks;
};

/// The slots of which blocks are to be read for a query: of a count of 0 its first.
std::uint64_t blocks_for(const LedgerQuery& query);
/// Unsigned, without a checkpoint.
LedgerAnswer ledger_answer(ReplicaId self, const LedgerQuery& query, const LedgerHoldings& holdings);
/// Blocks that follow each other: the durable ones, and what is newer. What does not follow is left out.
std::vector<Block> joined(std::vector<Block> durable, const std::vector<Block>& newer);

}  // namespace quorate
