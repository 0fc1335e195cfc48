#include "replica/storage/state_transfer_store.h"

#include "replica/service/state_tree.h"
#include "replica/storage/seal.h"
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
  std::vector<Bytes> keys;
  keys.reserve(changes.size());
  {
    Cursor cursor(transaction);
    for (const Change& change : changes) {
      Bytes stored{state_entry_prefix};
      stored.insert(stored.end(), change.key.begin(), change.key.end());
      if (change.value) {
        cursor.put(stored, seal(stored, *change.value));
      } else {
        transaction.erase(stored);
      }
      keys.push_back(change.key);
    }
  }
  LmdbTable nodes(transaction, state_node_prefix);
  if (!transaction.failed()) state_tree::update(LmdbTable(transaction, state_entry_prefix), nodes, keys);
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
