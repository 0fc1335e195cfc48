#include "replica/storage/state_store.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>

#include "crypto/check.h"
#include "replica/storage/seal.h"
#include "replica/storage/state_overlay.h"
#include "replica/storage/store_files.h"

namespace quorate {
namespace {

// Keys of the state environment: 0x00 identity (store_files.h), 0x01 durable slot, 0x02 ‖ key for the map's entries.
const Bytes durable_key = {1};
constexpr std::uint8_t entry_prefix = 2;

constexpr std::size_t copy_transaction_bytes = std::size_t{64} << 20;  // dirty pages are in memory until the commit

StoreIdentity identity_of(const Digest& cluster_id, ReplicaId replica) {
  return {StoreKind::state, cluster_id, replica};
}

Bytes entry_key(ByteView key) {
  Bytes out;
  out.reserve(key.size() + 1);
  out.push_back(entry_prefix);
  out.insert(out.end(), key.begin(), key.end());
  return out;
}

Bytes encode_durable(SequenceNumber n) {
  ByteWriter writer;
  writer.u64(n.value);
  return seal(durable_key, writer.view());
}

std::optional<SequenceNumber> decode_durable(ByteView value) {
  const auto payload = unseal(durable_key, value);
  if (!payload) return std::nullopt;
  ByteReader reader(*payload);
  const SequenceNumber n(reader.u64());
  if (!reader.finished()) return std::nullopt;
  return n;
}

std::optional<std::string> check_state_record(StoreTransaction&, const Cursor::Entry& entry) {
  const bool is_durable = entry.key.size() == 1 && entry.key[0] == durable_key[0];
  if (!is_durable && entry.key[0] != entry_prefix) return "a record of unknown kind";
  const bool sound = is_durable ? decode_durable(entry.value).has_value() : unseal(entry.key, entry.value).has_value();
  if (sound) return std::nullopt;
  return "the value of key " + to_hex(entry.key) + ": checksum or layout is wrong";
}

// The ordered map has no way to say that its disk is rotten, and the machine must not execute on what it cannot read.
[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "quorate: %s\n", error.message.c_str());
  std::abort();
}

}  // namespace

/// The newest commit that reads may see, and the writes above it.
class StateStore::Environment {
 public:
  explicit Environment(OpenStore store)
      : store_(std::move(store)), snapshot_(lmdb(), StoreTransaction::Mode::read), cursor_(snapshot_) {}

  const LmdbEnvironment& lmdb() const { return *store_.environment; }

  Result<void> read_durable() {
    const auto n = durable_in(lmdb(), snapshot_);
    if (!n) return tl::unexpected<Error>(n.error());
    durable_ = n->value;
    return {};
  }

  std::optional<Bytes> get(ByteView key) {
    if (const auto at = live_->entries.find(key); at != live_->entries.end()) return at->second;
    for (auto frozen = frozen_.rbegin(); frozen != frozen_.rend(); ++frozen)
      if (const auto at = frozen->overlay->entries.find(key); at != frozen->overlay->entries.end()) return at->second;
    const Bytes stored_key = entry_key(key);
    const auto value = snapshot_.get(stored_key);
    stop_on_failure();
    if (!value) return std::nullopt;
    return open_value(stored_key, *value);
  }

  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) {
    auto stored = first_stored(from);
    std::vector<std::pair<Overlay::Entries::const_iterator, Overlay::Entries::const_iterator>> layers;
    layers.emplace_back(live_->entries.lower_bound(from), live_->entries.end());
    for (auto frozen = frozen_.rbegin(); frozen != frozen_.rend(); ++frozen)
      layers.emplace_back(frozen->overlay->entries.lower_bound(from), frozen->overlay->entries.end());
    for (;;) {
      const Bytes* least = stored ? &stored->first : nullptr;
      const std::optional<Bytes>* value = nullptr;  // of the newest layer that has `least`; null: only the disk has it
      for (const auto& [at, end] : layers) {
        if (at == end) continue;
        const bool less = least == nullptr || ByteOrder()(at->first, *least);
        if (!less && !(value == nullptr && at->first == *least)) continue;
        least = &at->first;
        value = &at->second;
      }
      if (least == nullptr) return std::nullopt;
      if (value == nullptr) return stored;
      if (*value) return std::pair(*least, **value);
      const Bytes erased = *least;
      for (auto& [at, end] : layers)
        if (at != end && at->first == erased) ++at;
      if (stored && stored->first == erased) stored = next_stored();
    }
  }

  void write(ByteView key, std::optional<Bytes> value) {
    live_->entries.insert_or_assign(Bytes(key.begin(), key.end()), std::move(value));
  }

  Frozen freeze(SequenceNumber n) {
    check(n.value > (frozen_.empty() ? durable_.load() : frozen_.back().n.value), "the state is frozen in order");
    frozen_.push_back({n, std::exchange(live_, std::make_shared<Overlay>())});
    return frozen_.back();
  }

  Result<void> commit(const Frozen& frozen) {
    if (failed_) return failure("the state takes nothing after a failed commit: stop the replica");
    check(frozen.n.value > durable_, "the state is committed in the order of freezing");
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::write);
    transaction.put(durable_key, encode_durable(frozen.n));
    {
      Cursor cursor(transaction);
      for (const auto& [key, value] : frozen.overlay->entries) {
        const Bytes stored_key = entry_key(key);
        if (value)
          cursor.put(stored_key, seal(stored_key, *value));
        else
          transaction.erase(stored_key);
      }
    }
    auto committed = transaction.commit();
    if (committed)
      durable_ = frozen.n.value;
    else
      failed_ = true;
    return committed;
  }

  void settle(const Frozen& frozen) {
    check(!frozen_.empty() && frozen_.front().n == frozen.n, "frozen states settle in order");
    check(frozen.n.value <= durable_, "a frozen state settles after its commit");
    snapshot_.renew();
    cursor_.renew();
    stop_on_failure();
    frozen_.pop_front();
  }

  SequenceNumber durable() const { return SequenceNumber(durable_); }

 private:
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
    if (!entry) return std::nullopt;
    return std::pair(Bytes(entry->key.begin() + 1, entry->key.end()), open_value(entry->key, entry->value));
  }

  OpenStore store_;
  StoreTransaction snapshot_;
  Cursor cursor_;
  std::shared_ptr<Overlay> live_ = std::make_shared<Overlay>();
  std::deque<Frozen> frozen_;  // oldest first
  std::atomic<std::uint64_t> durable_ = 0;
  std::atomic<bool> failed_ = false;
};

StateStore::StateStore(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}
StateStore::~StateStore() = default;

Result<void> StateStore::init(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica) {
  const std::array records{std::pair(durable_key, encode_durable(SequenceNumber()))};
  return create_store(directory, identity_of(cluster_id, replica), records);
}

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& directory, const Digest& cluster_id,
                                                     ReplicaId replica, const StateStoreOptions& options) {
  auto store = open_store(directory, identity_of(cluster_id, replica), options.map_bytes_max, check_state_record);
  if (!store) return tl::unexpected<Error>(store.error());
  auto environment = std::make_unique<Environment>(std::move(*store));
  if (auto read = environment->read_durable(); !read) return tl::unexpected<Error>(read.error());
  return std::unique_ptr<StateStore>(new StateStore(std::move(environment)));
}

Result<SequenceNumber> StateStore::durable_in(const LmdbEnvironment& environment, StoreTransaction& transaction) {
  const auto value = transaction.get(durable_key);
  if (auto read = transaction.status(); !read) return tl::unexpected<Error>(read.error());
  const auto n = value ? decode_durable(*value) : std::nullopt;
  if (!n) return tl::unexpected<Error>(environment.damage("the number of its slot is missing or wrong"));
  return *n;
}

Result<void> StateStore::create_copy(const std::filesystem::path& directory, const Digest& cluster_id,
                                     ReplicaId replica, const LmdbEnvironment& environment, StoreTransaction& from) {
  const auto n = durable_in(environment, from);
  if (!n) return tl::unexpected<Error>(n.error());
  if (auto made = create_store(directory, identity_of(cluster_id, replica), {}); !made) return made;
  const auto lock = OwnerLock::take(directory);
  if (!lock) return tl::unexpected<Error>(lock.error());
  const auto copy =
      LmdbEnvironment::open(directory, LmdbEnvironment::Access::read_write, StateStoreOptions().map_bytes_max);
  if (!copy) return tl::unexpected<Error>(copy.error());
  Cursor source(from);
  for (auto entry = source.seek(Bytes{entry_prefix}); entry;) {
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
  transaction.put(durable_key, encode_durable(*n));
  return transaction.commit();
}

Result<void> StateStore::check_files(const std::filesystem::path& directory, const Digest& cluster_id,
                                     ReplicaId replica) {
  return check_store(directory, identity_of(cluster_id, replica), check_state_record);
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
Result<void> StateStore::commit(const Frozen& frozen) { return environment_->commit(frozen); }
void StateStore::settle(const Frozen& frozen) { environment_->settle(frozen); }

}  // namespace quorate
