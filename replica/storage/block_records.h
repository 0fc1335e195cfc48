// The blocks of the ledger in the state's environment: one run without a gap, which ends at the state's slot
// (README.md, "State environment").
//
// They are written in the transaction that makes their state durable. So what a crash leaves has the blocks of its
// slots, and those above are computed again.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "messages/block.h"
#include "replica/storage/lmdb_environment.h"

namespace quorate {

/// The last of all records: LMDB fills its pages with what is written at the end, and would leave them half empty
/// before other records. A transfer, which writes the entries in that way, has no blocks.
inline constexpr std::uint8_t state_block_prefix = 5;

/// From which slot to which there are blocks; 0 and 0: none.
struct BlockRange {
  SequenceNumber oldest;
  SequenceNumber newest;
  std::uint64_t count() const { return newest.value == 0 ? 0 : newest - oldest + 1; }
};

Bytes block_key(SequenceNumber n);
Bytes encode_block(const Block& block);
/// Nothing when the key is none, or the checksum or the layout is wrong.
std::optional<Block> decode_block(ByteView key, ByteView value);

/// The blocks as one transaction sees them. Failures are the transaction's.
class BlockRecords {
 public:
  explicit BlockRecords(StoreTransaction& transaction) : transaction_(transaction) {}

  BlockRange range();
  /// Those of first … first + count − 1 that are there. A record that is damaged ends them.
  std::vector<Block> read(SequenceNumber first, std::uint64_t count);

  void put(std::span<const Block> blocks);
  /// Drops the oldest beyond so many.
  void trim(std::uint64_t blocks_max);
  void clear();

 private:
  StoreTransaction& transaction_;
};

}  // namespace quorate
