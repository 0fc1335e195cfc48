#include "tests/simulation/lmdb/lmdb_stores.h"

#include <limits>
#include <utility>

#include "tests/simulation/lmdb/difference.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t purpose = 200;  // of the first replica's random numbers
constexpr const char* data_file = "data.mdb";
constexpr std::uintmax_t memory_needed = std::uintmax_t{256} << 20;

/// Files in memory, if there is enough of it: forces are modelled, so real ones would only cost time.
std::filesystem::path place_of_files() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  const auto space = std::filesystem::space(memory, error);
  return std::filesystem::canonical(
      !error && space.available >= memory_needed ? memory : std::filesystem::temp_directory_path());
}

/// Brings the store's entries from one state to another.
void write_changes(StateStore& store, const Entries& before, const Entries& next) {
  const ByteOrder less;
  auto old = before.begin();
  for (const auto& [key, value] : next) {
    for (; old != before.end() && less(old->first, key); ++old) store.erase(old->first);
    const bool known = old != before.end() && old->first == key;
    if (!known || old->second != value) store.put(key, value);
    if (known) ++old;
  }
  for (; old != before.end(); ++old) store.erase(old->first);
}

testing::MemoryState content_of(const StateView& view) {
  testing::MemoryState state;
  state.n = view.n();
  for (const auto& [key, value] : entries_of(view.entries())) state.entries.put(key, value);
  for (const auto& [key, value] : entries_of(view.nodes())) state.nodes.put(key, value);
  return state;
}

}  // namespace

/// A transfer writes to the store and to the model, and reads from the store.
class LmdbStores::BothTargets final : public TransferStore {
 public:
  BothTargets(LmdbStores& stores, TransferStore& model) : stores_(stores), model_(model) {}

  void open() { target_ = stores_.state_->transfer_target(); }
  void close() { target_.reset(); }

  const Table& entries() const override { return target_->entries(); }
  const Table& nodes() const override { return target_->nodes(); }
  Result<void> begin() override {
    stores_.state_->suspend();
    stores_.need(target_->begin());
    auto begun = model_.begin();
    const bool equal =
        entries_of(entries()) == entries_of(model_.entries()) && entries_of(nodes()) == entries_of(model_.nodes());
    if (!equal) stores_.broken("a transfer begins over other entries than the store was left with");
    return begun;
  }
  /// The process ends in a write of a transfer, of which nothing arrives.
  void lose_a_write() {
    stores_.state_file_.end_in_next(WriteEnd::is_lost);
    stores_.check_end(target_->begin(), WriteEnd::is_lost, stores_.state_file_);
  }
  Result<void> write(const std::vector<Group>& groups) override {
    stores_.need(target_->write(groups));
    return model_.write(groups);
  }
  Result<Digest> complete() override {
    const auto root = target_->complete();
    if (!root) stores_.broken(root.error().message);
    const auto expected = model_.complete();
    if (*root != *expected) stores_.broken("a transfer to the store ends with another root");
    return root;
  }
  Result<void> finish(SequenceNumber n, const Digest& root) override {
    stores_.need(target_->finish(n, root));
    stores_.need(stores_.state_->adopt());
    return model_.finish(n, root);
  }

 private:
  LmdbStores& stores_;
  TransferStore& model_;
  std::unique_ptr<TransferStore> target_;  // null: the replica is down
};

LmdbStores::LmdbStores(const World& world, ReplicaId replica, std::shared_ptr<const TemporaryDirectory> files,
                       Forces forces)
    : cluster_id_(world.genesis.cluster_id()),
      replica_(replica),
      files_(std::move(files)),
      directory_(files_->path() / std::to_string(replica.value)),
      log_directory_(directory_ / "log"),
      state_directory_(directory_ / "state"),
      random_(world.plan.seed, purpose + replica.value),
      log_file_(log_directory_ / data_file, random_, forces),
      state_file_(state_directory_ / data_file, random_, forces) {
  need(LogStore::init(log_directory_, cluster_id_, replica_));
  need(StateStore::init(state_directory_, cluster_id_, replica_));
}

LmdbStores::~LmdbStores() = default;

void LmdbStores::broken(const std::string& what) const {
  throw Broken("stores read back what was forced: replica " + std::to_string(replica_.value) + ": " + what);
}

void LmdbStores::need(const Result<void>& result) const {
  if (!result) broken(result.error().message);
}

void LmdbStores::check_end(const Result<void>& result, WriteEnd end, const FaultyFile& file) const {
  if (end == WriteEnd::returns || !file.struck()) need(result);
  if (end == WriteEnd::is_lost && !file.struck()) broken("a write came to its end without a force that could fail");
  if (end == WriteEnd::is_lost && result) broken("a write that failed was called durable");
}

// --- a replica that is down ---

DiskStores::Content LmdbStores::open(const Content& expected) {
  Content read;
  open_log(expected, read);
  open_state(read);
  if (const auto found = difference(expected, read)) broken(*found);
  targets_->open();
  return read;
}

void LmdbStores::open_log(const Content& expected, Content& read) {
  auto log = LogStore::open(log_directory_, cluster_id_, replica_, {});
  if (!log) broken(log.error().message);
  log_ = std::move(*log);
  auto image = log_->load();
  if (!image) broken(image.error().message);
  read.log = std::move(*image);
  if (expected.retained.empty()) return;
  // A plan may keep fewer than the store, which counts bytes.
  const SequenceNumber oldest = expected.retained.begin()->first;
  const std::uint64_t count = read.log.bodies_collected - oldest + 1;
  const auto retained = log_->read_marks(oldest, count, true, std::numeric_limits<std::size_t>::max());
  if (!retained) broken(retained.error().message);
  for (const CommittedBatch& batch : *retained) read.retained.emplace(batch.certificate.n, batch);
}

void LmdbStores::open_state(Content& read) {
  auto state = StateStore::open(state_directory_, cluster_id_, replica_, {});
  if (!state) broken(state.error().message);
  state_ = std::move(*state);
  read.whole = state_->whole();
  if (!read.whole) return;
  read.state = content_of(*state_->view());
  if (state_->durable() != read.state.n || state_->root() != read.state.root()) {
    broken("the state says that it is another one");
  }
  const auto blocks = state_->read_blocks(SequenceNumber(), std::numeric_limits<std::uint64_t>::max());
  if (!blocks) broken(blocks.error().message);
  for (const Block& block : blocks->blocks) read.state.blocks.emplace(block.n, block);
}

void LmdbStores::lose_state() {
  std::filesystem::remove_all(state_directory_);
  need(StateStore::init(state_directory_, cluster_id_, replica_));
}

void LmdbStores::lose(std::uint64_t nonce) {
  std::filesystem::remove_all(log_directory_);
  need(LogStore::init_mute(log_directory_, cluster_id_, replica_, nonce));
  lose_state();
}

void LmdbStores::take_snapshot() {
  const auto replace = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(log_directory_ / data_file, directory_ / "old-log", replace);
  std::filesystem::copy_file(state_directory_ / data_file, directory_ / "old-state", replace);
}

void LmdbStores::roll_back() {
  std::filesystem::rename(directory_ / "old-log", log_directory_ / data_file);
  std::filesystem::rename(directory_ / "old-state", state_directory_ / data_file);
}

// --- a replica that is up ---

void LmdbStores::append(std::span<const NumberedRecord> records, WriteEnd end) {
  if (end != WriteEnd::returns) log_file_.end_in_next(end);
  check_end(log_->append(records), end, log_file_);
}

void LmdbStores::commit(const testing::MemoryState& before, const testing::MemoryState& next, WriteEnd end) {
  write_changes(*state_, entries_of(before.entries), entries_of(next.entries));
  for (const auto& [n, block] : next.blocks) state_->append(block);
  if (end != WriteEnd::returns) state_file_.end_in_next(end);
  const StateStore::Frozen frozen = state_->freeze(next.n);
  const auto committed = state_->commit(frozen, [&](const Digest& root) {
    if (root != next.root()) broken("the state's root is another one when it is committed");
  });
  check_end(committed, end, state_file_);
  if (committed) state_->settle(frozen);
}

void LmdbStores::prepend(const std::vector<Block>& blocks) { need(state_->prepend(blocks)); }

TransferStore& LmdbStores::transfer_target(TransferStore& model) {
  targets_ = std::make_unique<BothTargets>(*this, model);
  return *targets_;
}

void LmdbStores::crash() {
  if (!state_->whole()) targets_->lose_a_write();
  targets_->close();
  log_.reset();
  state_.reset();
  log_file_.crash();
  state_file_.crash();
}

void stand_on_lmdb(Cluster& cluster, Forces forces) {
  const auto files = std::make_shared<const TemporaryDirectory>(place_of_files());
  const World& world = cluster.world();
  for (std::uint32_t i = 0; i < world.plan.replicas; ++i) {
    cluster.host(i).stand_on(std::make_unique<LmdbStores>(world, ReplicaId(i), files, forces));
  }
}

}  // namespace quorate::simulation
