#include "replica/storage/state_transfer_store.h"

#include "replica/service/state_tree.h"
#include "replica/storage/block_records.h"
#include "replica/storage/seal.h"
#include "replica/storage/state_records.h"

namespace quorate {

StateTransferStore::StateTransferStore(const LmdbEnvironment& environment)
    : environment_(environment),
      snapshot_(environment, StoreTransaction::Mode::read),
      entries_(snapshot_, state_entry_prefix),
      nodes_(snapshot_, state_node_prefix) {
  snapshot_.release();
}

Result<void> StateTransferStore::begin() {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  transaction.put(durable_state_key(), encode_durable_state({SequenceNumber(), Digest(), false}));
  BlockRecords(transaction).clear();  // the state that they led to is given up
  LmdbTable nodes(transaction, state_node_prefix);
  state_tree::rebuild(LmdbTable(transaction, state_entry_prefix), nodes);
  return commit(transaction);
}

Result<void> StateTransferStore::write(const std::vector<Group>& groups) {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  {
    Cursor cursor(transaction);
    Bytes stored;
    for (const Group& group : groups) {
      for (const Change& change : group.changes) {
        stored.assign(1, state_entry_prefix);
        stored.insert(stored.end(), change.key.begin(), change.key.end());
        if (change.value) {
          cursor.put(stored, seal(stored, *change.value));
        } else {
          transaction.erase(stored);
        }
      }
    }
  }
  LmdbTable nodes(transaction, state_node_prefix);
  for (const Group& group : groups) {
    if (!transaction.failed()) state_tree::put_group(nodes, group.first, group.next, group.digest);
  }
  return commit(transaction);
}

Result<Digest> StateTransferStore::complete() {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  LmdbTable nodes(transaction, state_node_prefix);
  state_tree::rebuild_above_groups(nodes);
  if (const auto made = transaction.status(); !made) return tl::unexpected<Error>(made.error());
  const Digest root = state_tree::root_digest(state_tree::top(nodes));
  if (const auto committed = commit(transaction); !committed) return tl::unexpected<Error>(committed.error());
  return root;
}

Result<void> StateTransferStore::finish(SequenceNumber n, const Digest& root) {
  StoreTransaction transaction(environment_, StoreTransaction::Mode::write);
  transaction.put(durable_state_key(), encode_durable_state({n, root, true}));
  auto committed = commit(transaction);
  snapshot_.release();
  return committed;
}

Result<void> StateTransferStore::commit(StoreTransaction& transaction) {
  if (auto committed = transaction.commit(); !committed) return committed;
  snapshot_.renew();
  return snapshot_.status();
}

}  // namespace quorate
