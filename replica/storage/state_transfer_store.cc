#include "replica/storage/state_transfer_store.h"

#include "replica/service/state_tree.h"
#include "replica/storage/state_records.h"

namespace quorate {

StateTransferStore::StateTransferStore(const LmdbEnvironment& environment)
    : environment_(environment),
      snapshot_(environment, StoreTransaction::Mode::read),
      entries_(snapshot_, state_entry_prefix),
      nodes_(snapshot_, state_node_prefix) {}

Result<void> StateTransferStore::begin() {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  transaction.put(durable_state_key(), encode_durable_state({SequenceNumber(), Digest(), false}));
  LmdbTable nodes(transaction, state_node_prefix);
  state_tree::rebuild(LmdbTable(transaction, state_entry_prefix), nodes);
  return commit(transaction);
}

Result<void> StateTransferStore::write(const std::vector<Change>& changes) {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  LmdbTable entries(transaction, state_entry_prefix);
  LmdbTable nodes(transaction, state_node_prefix);
  std::vector<Bytes> keys;
  keys.reserve(changes.size());
  for (const Change& change : changes) {
    if (change.value) {
      entries.put(change.key, *change.value);
    } else {
      entries.erase(change.key);
    }
    keys.push_back(change.key);
  }
  state_tree::update(entries, nodes, keys);
  return commit(transaction);
}

Result<void> StateTransferStore::finish(SequenceNumber n, const Digest& root) {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  transaction.put(durable_state_key(), encode_durable_state({n, root, true}));
  return commit(transaction);
}

Result<void> StateTransferStore::commit(StoreTransaction& transaction) {
  if (auto committed = transaction.commit(); !committed) return committed;
  snapshot_.renew();
  return snapshot_.status();
}

}  // namespace quorate
