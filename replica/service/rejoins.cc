#include "replica/service/rejoins.h"

#include "crypto/check.h"
#include "replica/service/state_layout.h"

namespace quorate {
namespace {

Bytes record_of(const RejoinMark& mark) {
  ByteWriter out;
  out.u64(mark.count);
  out.u64(mark.nonce);
  out.u64(mark.floor.value);
  return out.take();
}

RejoinMark parse_record(ReplicaId replica, ByteView record) {
  ByteReader in(record);
  RejoinMark mark{replica, in.u64(), 0, {}};
  mark.nonce = in.u64();
  mark.floor = SequenceNumber(in.u64());
  check(in.finished(), "the record of a replica's REJOINs is whole");
  return mark;
}

}  // namespace

Rejoins::Rejoins(const Genesis& genesis)
    : checkpoint_interval_(genesis.checkpoint_interval),
      log_window_(genesis.log_window),
      changed_(genesis.replica_keys.size()) {
  for (std::uint32_t i = 0; i < genesis.replica_keys.size(); ++i) marks_.push_back({ReplicaId(i), 0, 0, {}});
}

RejoinMark& Rejoins::mark(ReplicaId replica) {
  check(replica.value < marks_.size(), "a replica that rejoins is of the genesis configuration");
  return marks_[replica.value];
}

const RejoinMark& Rejoins::of(ReplicaId replica) const { return marks_.at(replica.value); }

// L above n: whatever a replica voted on before its loss was within the window of an h below n.
bool Rejoins::execute(SequenceNumber n, const Rejoin& rejoin) {
  RejoinMark& held = mark(rejoin.replica);
  const bool repeated = held.count != 0 && held.nonce == rejoin.nonce;
  if (rejoin.count != held.count + 1 || repeated) return false;
  const std::uint64_t beyond = n.value + log_window_;
  const std::uint64_t intervals = (beyond + checkpoint_interval_ - 1) / checkpoint_interval_;
  held = {rejoin.replica, rejoin.count, rejoin.nonce, SequenceNumber(intervals * checkpoint_interval_)};
  changed_[rejoin.replica.value] = true;
  return true;
}

void Rejoins::load(const OrderedMap& map) {
  Bytes from = {state_layout::rejoin_prefix};
  for (;;) {
    auto entry = map.lower_bound(from);
    if (!entry || entry->first[0] != state_layout::rejoin_prefix) return;
    const ReplicaId replica = state_layout::parse_rejoin_key(entry->first);
    mark(replica) = parse_record(replica, entry->second);
    from = std::move(entry->first);
    from.push_back(0);  // the smallest key that is larger
  }
}

void Rejoins::save(OrderedMap& map) {
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    if (!changed_[i]) continue;
    map.put(state_layout::rejoin_key(marks_[i].replica), record_of(marks_[i]));
    changed_[i] = false;
  }
}

}  // namespace quorate
