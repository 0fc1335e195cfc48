// Fetches the blocks that a replica lacks below a state that it was given, one answer after the other, from the newest
// to the oldest (replica/README.md, "The ledger").
//
// The digest of the first one that is missing is known: it is the link of the block above it, or the head in the proven
// state. So whoever answers, a run of blocks that ends with another digest is worth nothing. One peer is asked at a
// time, in turn, and not too often; when nobody has more, all are left alone for a while. Pure: who keeps the blocks
// says what is missing.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "messages/genesis.h"
#include "messages/messages.h"
#include "messages/sign.h"

namespace quorate {

class BlockFetching {
 public:
  /// At most `count` blocks up to `last`, whose digest this is.
  struct Missing {
    SequenceNumber last;
    Digest digest;
    std::uint64_t count = 0;
  };
  using Send = std::pair<ReplicaId, BlockFetch>;

  static constexpr std::uint64_t ask_interval_us = 20'000;
  static constexpr std::uint64_t answer_us = 1'000'000;
  static constexpr std::uint64_t rest_us = 5'000'000;  // once nobody has more

  /// The signer must outlive this object.
  BlockFetching(const Genesis& genesis, ReplicaId self, const MessageSigner& signer);

  /// What is missing now; nothing: all that this replica keeps is there.
  void want(const std::optional<Missing>& missing);
  bool wants_some() const { return missing_.has_value(); }
  /// The blocks of an answer that was asked for and is true, ascending; they are to be kept, and `want` called anew.
  std::vector<Block> step(const BlockRun& run, ReplicaId from, SteadyTime now);
  /// The next question, if it is time for one.
  std::optional<Send> tick(SteadyTime now);

 private:
  struct Asked {
    ReplicaId peer;
    SequenceNumber last;
    SteadyTime deadline;
  };
  void in_vain(SteadyTime now);

  std::uint32_t replicas_;
  ReplicaId self_;
  const MessageSigner& signer_;
  std::optional<Missing> missing_;
  std::optional<Asked> asked_;
  std::uint32_t turn_ = 0;
  std::uint32_t in_vain_ = 0;  // peers in a row that brought nothing
  SteadyTime not_before_;
};

}  // namespace quorate
