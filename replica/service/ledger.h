// The ledger's head and the agreed time: one block for each slot, chained, without a view in it.
//
// Block 0 is the cluster id. Agreed time never goes back, and the null batch leaves it (README.md, "Ledger"). Blocks
// are not kept here: the head proves them.
#pragma once

#include <optional>

#include "crypto/digest.h"
#include "messages/block.h"
#include "replica/service/ordered_map.h"

namespace quorate {

class Ledger {
 public:
  /// At n = 0.
  explicit Ledger(const Digest& cluster_id);

  /// The slot at n() + 1 was executed; `proposed` is nothing for the null batch. Returns its block.
  Block append(const Digest& batch, const Digest& reply_root, std::optional<WallTime> proposed);

  SequenceNumber n() const { return n_; }
  const Digest& head() const { return head_; }
  WallTime agreed_time() const { return agreed_time_; }

  /// Takes over what `save` wrote; a map without it is the state at n = 0.
  void load(const OrderedMap& map);
  void save(OrderedMap& map) const;

 private:
  SequenceNumber n_;
  Digest head_;
  WallTime agreed_time_;
};

}  // namespace quorate
