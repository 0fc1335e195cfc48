#include "replica/storage/state_store.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>

#include "crypto/check.h"
#include "replica/service/state_tree.h"
#include "replica/storage/lmdb_table.h"
#include "replica/storage/pausing_table.h"
#include "replica/storage/seal.h"
#include "replica/storage/state_overlay.h"
#include "replica/storage/state_records.h"
#include "replica/storage/state_transfer_store.h"
#include "replica/storage/store_files.h"
#include "replica/storage/store_scrub.h"

namespace quorate {
namespace {

constexpr std::size_t changes_in_a_piece = 16;
constexpr std::size_t copy_transaction_bytes = std::size_t{64} << 20;  // dirty pages are in memory until the commit

StoreIdentity identity_of(const Digest& cluster_id, ReplicaId replica) {
  return {StoreKind::state, cluster_id, replica};
}

Bytes entry_key(ByteView key) {
  Bytes out;
  out.reserve(key.size() + 1);
  out.push_back(state_entry_prefix);
  out.insert(out.end(), key.begin(), key.end());
  return out;
}

/// A state as one read transaction sees it.
class Snapshot final : public StateView {
 public:
  explicit Snapshot(const LmdbEnvironment& environment)
      : transaction_(environment, StoreTransaction::Mode::read),
        entries_(transaction_, state_entry_prefix),
        nodes_(transaction_, state_node_prefix),
        durable_(read_durable_state(environment, transaction_)) {}

  bool whole() const { return durable_ && durable_->whole; }
  SequenceNumber n() const override { return durable_->n; }
  const Table& entries() const override { return entries_; }
  const Table& nodes() const override { return nodes_; }

 private:
  StoreTransaction transaction_;
  LmdbTable entries_;
  LmdbTable nodes_;
  Result<DurableState> durable_;
};

// The ordered map has no way to say that its disk is rotten, and the machine must not execute on what it cannot read.
[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "quorate: %s\n", error.message.c_str());
  std::abort();
}

}  // namespace

/// The newest commit that reads may see, and the writes above it.
class StateStore::Environment {
 public:
  Environment(OpenStore store, std::uint64_t blocks_max)
      : store_(std::move(store)),
        blocks_max_(blocks_max),
        snapshot_(lmdb(), StoreTransaction::Mode::read),
        cursor_(snapshot_) {}

  const LmdbEnvironment& lmdb() const { return *store_.environment; }

  Result<void> read_durable() {
    const auto state = read_durable_state(lmdb(), snapshot_);
    if (!state) return tl::unexpected<Error>(state.error());
    durable_ = state->n.value;
    root_ = state->root;
    whole_ = state->whole;
    return {};
  }

  std::optional<Bytes> get(ByteView key) {
    if (const auto* written = live_->find(key)) return *written;
    for (auto frozen = frozen_.rbegin(); frozen != frozen_.rend(); ++frozen)
      if (const auto* written = frozen->overlay->find(key)) return *written;
    if (!whole_) return std::nullopt;
    const Bytes stored_key = entry_key(key);
    const auto value = snapshot_.get(stored_key);
    stop_on_failure();
    if (!value) return std::nullopt;
    return open_value(stored_key, *value);
  }

  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) {
    auto stored = first_stored(from);
    std::vector<std::pair<Overlay::Index::const_iterator, Overlay::Index::const_iterator>> layers;
    const auto add = [&](const Overlay::Index& index) { layers.emplace_back(index.lower_bound(from), index.end()); };
    add(live_->index());
    for (auto frozen = frozen_.rbegin(); frozen != frozen_.rend(); ++frozen) add(frozen->overlay->index());
    for (;;) {
      const Bytes* least = stored ? &stored->first : nullptr;
      const Overlay::Value* value = nullptr;  // of the newest layer that has `least`; null: only the disk has it
      for (const auto& [at, end] : layers) {
        if (at == end) continue;
        const auto& [key, written] = **at;
        const bool less = least == nullptr || ByteOrder()(key, *least);
        if (!less && !(value == nullptr && key == *least)) continue;
        least = &key;
        value = &written;
      }
      if (least == nullptr) return std::nullopt;
      if (value == nullptr) return stored;
      if (*value) return std::pair(*least, **value);
      const Bytes erased = *least;
      for (auto& [at, end] : layers)
        if (at != end && (*at)->first == erased) ++at;
      if (stored && stored->first == erased) stored = next_stored();
    }
  }

  void write(ByteView key, std::optional<Bytes> value) { live_->write(key, std::move(value)); }

  Frozen freeze(SequenceNumber n) {
    check(n.value > (frozen_.empty() ? durable_.load() : frozen_.back().n.value), "the state is frozen in order");
    frozen_.push_back({n, std::exchange(live_, std::make_shared<Overlay>(live_->size()))});
    return frozen_.back();
  }

  Result<void> commit(const Frozen& frozen, const OnRoot& on_root, const Pause& pause) {
    if (failed_) return failure("the state takes nothing after a failed commit: stop the replica");
    check(frozen.n.value > durable_, "the state is committed in the order of freezing");
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::write);
    std::vector<Bytes> changed;
    changed.reserve(frozen.overlay->size());
    {
      Cursor cursor(transaction);
      for (const Overlay::Entry* entry : frozen.overlay->in_key_order(pause)) {
        const auto& [key, value] = *entry;
        if (pause && changed.size() % changes_in_a_piece == 0) pause();
        const Bytes stored_key = entry_key(key);
        if (value)
          cursor.put(stored_key, seal(stored_key, *value));
        else
          transaction.erase(stored_key);
        changed.push_back(key);
      }
    }
    BlockRecords blocks(transaction);
    blocks.put(frozen.overlay->blocks);
    blocks.trim(blocks_max_);
    LmdbTable nodes(transaction, state_node_prefix);
    PausingTable pausing_nodes(nodes, pause);
    if (!transaction.failed()) state_tree::update(LmdbTable(transaction, state_entry_prefix), pausing_nodes, changed);
    Bytes durable_state;
    if (!transaction.failed()) {
      const Digest root = state_tree::root_digest(state_tree::top(nodes));
      if (on_root) on_root(root);
      durable_state = encode_durable_state({frozen.n, root, true});
      transaction.put(durable_state_key(), durable_state);
    }
    auto committed = transaction.commit();
    if (committed) committed = commit_alone(durable_state);
    if (committed)
      durable_ = frozen.n.value;
    else
      failed_ = true;
    return committed;
  }

  /// LMDB writes to pages that were freed two commits ago. With this small one between the large, the file holds two
  /// copies of what changes from checkpoint to checkpoint, not three.
  Result<void> commit_alone(const Bytes& durable_state) {
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::write);
    transaction.put(durable_state_key(), durable_state);
    return transaction.commit();
  }

  void append(const Block& block) { live_->blocks.push_back(block); }

  std::vector<Block> newest_blocks() const {
    std::vector<Block> blocks;
    for (const Frozen& frozen : frozen_)
      blocks.insert(blocks.end(), frozen.overlay->blocks.begin(), frozen.overlay->blocks.end());
    blocks.insert(blocks.end(), live_->blocks.begin(), live_->blocks.end());
    return blocks;
  }

  Result<DurableBlocks> read_blocks(SequenceNumber first, std::uint64_t count) const {
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::read);
    BlockRecords records(transaction);
    DurableBlocks found{records.range(), records.read(first, count)};
    if (auto read = transaction.status(); !read) return tl::unexpected<Error>(read.error());
    return found;
  }

  Result<void> prepend(std::span<const Block> blocks) {
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::write);
    BlockRecords records(transaction);
    const auto state = read_durable_state(lmdb(), transaction);
    if (!state) return tl::unexpected<Error>(state.error());
    const BlockRange held = records.range();
    const SequenceNumber joint = held.count() == 0 ? state->n + 1 : held.oldest;
    if (!state->whole || blocks.empty() || blocks.back().n + 1 != joint) return {};
    records.put(blocks);
    return transaction.commit();
  }

  std::uint64_t blocks_max() const { return blocks_max_; }

  void settle(const Frozen& frozen) {
    check(!frozen_.empty() && frozen_.front().n == frozen.n, "frozen states settle in order");
    check(frozen.n.value <= durable_, "a frozen state settles after its commit");
    renew();
    frozen_.pop_front();
  }

  void suspend() {
    whole_ = false;
    live_ = std::make_shared<Overlay>(0);
    frozen_.clear();
    durable_ = 0;
    renew();
  }

  Result<void> adopt() {
    renew();
    return read_durable();
  }

  SequenceNumber durable() const { return SequenceNumber(durable_); }
  const Digest& root() const { return root_; }
  bool whole() const { return whole_; }

 private:
  void renew() {
    snapshot_.renew();
    cursor_.renew();
    stop_on_failure();
  }

  Bytes open_value(ByteView key, ByteView value) const {
    const auto payload = unseal(key, value);
    if (!payload) stop(lmdb().damage("the value of key " + to_hex(key) + ": checksum is wrong"));
    return Bytes(payload->begin(), payload->end());
  }

  void stop_on_failure() const {
    if (const auto read = snapshot_.status(); !read) stop(read.error());
  }

  std::optional<std::pair<Bytes, Bytes>> first_stored(ByteView from) { return taken(cursor_.seek(entry_key(from))); }
  std::optional<std::pair<Bytes, Bytes>> next_stored() { return taken(cursor_.next()); }

  std::optional<std::pair<Bytes, Bytes>> taken(const std::optional<Cursor::Entry>& entry) const {
    stop_on_failure();
    if (!whole_ || !entry || entry->key[0] != state_entry_prefix) return std::nullopt;
    return std::pair(Bytes(entry->key.begin() + 1, entry->key.end()), open_value(entry->key, entry->value));
  }

  OpenStore store_;
  std::uint64_t blocks_max_;
  StoreTransaction snapshot_;
  Cursor cursor_;
  std::shared_ptr<Overlay> live_ = std::make_shared<Overlay>(0);
  std::deque<Frozen> frozen_;  // oldest first
  std::atomic<std::uint64_t> durable_ = 0;
  Digest root_;  // as of the start, or of the last adoption
  bool whole_ = true;
  std::atomic<bool> failed_ = false;
};

StateStore::StateStore(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}
StateStore::~StateStore() = default;

Result<void> StateStore::init(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                              bool whole) {
  MemoryMap nodes;
  state_tree::update(MemoryMap(), nodes, {});
  const state_tree::Top top = state_tree::top(nodes);
  Bytes node_key{state_node_prefix, top.level};
  Bytes node = seal(node_key, top.digest.bytes);
  const std::array records{
      std::pair(durable_state_key(), encode_durable_state({SequenceNumber(), state_tree::root_digest(top), whole})),
      std::pair(std::move(node_key), std::move(node))};
  return create_store(directory, identity_of(cluster_id, replica), records);
}

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& directory, const Digest& cluster_id,
                                                     ReplicaId replica, const StateStoreOptions& options) {
  auto store = open_store(directory, identity_of(cluster_id, replica), options.map_bytes_max, check_state_record);
  if (!store) return tl::unexpected<Error>(store.error());
  auto environment = std::make_unique<Environment>(std::move(*store), options.blocks_max);
  if (auto read = environment->read_durable(); !read) return tl::unexpected<Error>(read.error());
  return std::unique_ptr<StateStore>(new StateStore(std::move(environment)));
}

Result<DurableState> whole_state_in(const LmdbEnvironment& environment, StoreTransaction& transaction) {
  auto state = read_durable_state(environment, transaction);
  if (state && !state->whole)
    return failure("the replica is fetching its state from the others: wait until it has it, or copy another one");
  return state;
}

Result<SequenceNumber> StateStore::durable_in(const LmdbEnvironment& environment, StoreTransaction& transaction) {
  const auto state = whole_state_in(environment, transaction);
  if (!state) return tl::unexpected<Error>(state.error());
  return state->n;
}

Result<void> StateStore::create_copy(const std::filesystem::path& directory, const Digest& cluster_id,
                                     ReplicaId replica, const LmdbEnvironment& environment, StoreTransaction& from) {
  const auto state = whole_state_in(environment, from);
  if (!state) return tl::unexpected<Error>(state.error());
  if (auto made = create_store(directory, identity_of(cluster_id, replica), {}); !made) return made;
  const auto lock = OwnerLock::take(directory);
  if (!lock) return tl::unexpected<Error>(lock.error());
  const auto copy =
      LmdbEnvironment::open(directory, LmdbEnvironment::Access::read_write, StateStoreOptions().map_bytes_max);
  if (!copy) return tl::unexpected<Error>(copy.error());
  Cursor source(from);
  for (auto entry = source.seek(Bytes{state_node_prefix}); entry;) {  // they are the first but for the store's own
    StoreTransaction transaction(**copy, StoreTransaction::Mode::write);
    {
      Cursor target(transaction);
      for (std::size_t bytes = 0; entry && bytes < copy_transaction_bytes; entry = source.next()) {
        if (const auto wrong = check_state_record(from, *entry))
          return tl::unexpected<Error>(environment.damage(*wrong));
        target.put_last(entry->key, entry->value);
        bytes += entry->key.size() + entry->value.size();
      }
    }
    if (auto committed = transaction.commit(); !committed) return committed;
  }
  if (auto read = from.status(); !read) return read;
  StoreTransaction transaction(**copy, StoreTransaction::Mode::write);
  transaction.put(durable_state_key(), encode_durable_state(*state));
  return transaction.commit();
}

std::optional<Bytes> StateStore::get(ByteView key) const { return environment_->get(key); }

void StateStore::put(ByteView key, ByteView value) {
  check(key.size() <= key_bytes_max, "a key of the state fits into LMDB");
  environment_->write(key, Bytes(value.begin(), value.end()));
}

void StateStore::erase(ByteView key) { environment_->write(key, std::nullopt); }

std::optional<std::pair<Bytes, Bytes>> StateStore::lower_bound(ByteView from) const {
  return environment_->lower_bound(from);
}

SequenceNumber StateStore::durable() const { return environment_->durable(); }
StateStore::Frozen StateStore::freeze(SequenceNumber n) { return environment_->freeze(n); }
Result<void> StateStore::commit(const Frozen& frozen, const OnRoot& on_root, const Pause& pause) {
  return environment_->commit(frozen, on_root, pause);
}
std::size_t StateStore::changes(const Frozen& frozen) { return frozen.overlay->size(); }
void StateStore::settle(const Frozen& frozen) { environment_->settle(frozen); }
void StateStore::give_back(const Frozen& settled, const Pause& pause) { settled.overlay->clear(pause); }
void StateStore::append(const Block& block) { environment_->append(block); }
std::vector<Block> StateStore::newest_blocks() const { return environment_->newest_blocks(); }
Result<StateStore::DurableBlocks> StateStore::read_blocks(SequenceNumber first, std::uint64_t count) const {
  return environment_->read_blocks(first, count);
}
Result<void> StateStore::prepend(std::span<const Block> blocks) { return environment_->prepend(blocks); }
std::uint64_t StateStore::blocks_max() const { return environment_->blocks_max(); }
Digest StateStore::root() const { return environment_->root(); }
bool StateStore::whole() const { return environment_->whole(); }
void StateStore::suspend() { environment_->suspend(); }
Result<void> StateStore::adopt() { return environment_->adopt(); }

StateViewPtr StateStore::view() const {
  auto snapshot = std::make_shared<Snapshot>(environment_->lmdb());
  return snapshot->whole() ? snapshot : nullptr;
}

std::unique_ptr<StoreScrub> StateStore::scrub() const {
  return std::make_unique<StoreScrub>(environment_->lmdb(), check_state_record);
}

std::unique_ptr<TransferStore> StateStore::transfer_target() {
  return std::make_unique<StateTransferStore>(environment_->lmdb());
}

}  // namespace quorate
