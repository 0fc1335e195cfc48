#include "replica/service/ledger.h"

#include <algorithm>

#include "crypto/check.h"
#include "replica/service/state_layout.h"

namespace quorate {

Ledger::Ledger(const Digest& cluster_id) : head_(cluster_id) {}

Block Ledger::append(const Digest& batch, const Digest& reply_root, std::optional<WallTime> proposed) {
  ++n_;
  if (proposed) agreed_time_ = std::max(agreed_time_, *proposed);
  const Block block{n_, head_, batch, reply_root, agreed_time_};
  head_ = block.digest();
  return block;
}

void Ledger::load(const OrderedMap& map) {
  const auto record = map.get(state_layout::meta_key());
  if (!record) return;
  ByteReader in(*record);
  n_ = SequenceNumber(in.u64());
  head_.bytes = in.array<Digest::size>();
  agreed_time_ = WallTime(in.u64());
  check(in.finished(), "the state's record of n, head and time is whole");
}

void Ledger::save(OrderedMap& map) const {
  ByteWriter record;
  record.u64(n_.value);
  record.raw(head_.bytes);
  record.u64(agreed_time_.value);
  map.put(state_layout::meta_key(), record.view());
}

}  // namespace quorate
