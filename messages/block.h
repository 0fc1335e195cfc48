// A block: what one slot added to the ledger, linked to the block before it by that one's digest.
//
// Not here: who proves a block (ledger.h), how replicas compute it (replica/service/ledger.h).
#pragma once

#include "crypto/digest.h"
#include "messages/types.h"

namespace quorate {

struct Block {
  SequenceNumber n;
  Digest previous;  // of block n − 1; block 0 is the cluster id
  Digest batch;
  Digest reply_root;
  WallTime agreed_time;
  friend bool operator==(const Block&, const Block&) = default;

  /// Under the tag `block`: previous ‖ n u64 ‖ batch ‖ reply root ‖ agreed time u64.
  Digest digest() const;
};

}  // namespace quorate
