#include "replica/storage/log_store.h"

#include <array>

#include "messages/batch.h"
#include "replica/storage/log_reader.h"
#include "replica/storage/log_writer.h"
#include "replica/storage/record_codec.h"
#include "replica/storage/store_files.h"
#include "replica/storage/store_scrub.h"

namespace quorate {
namespace {

StoreIdentity identity_of(const Digest& cluster_id, ReplicaId replica) { return {StoreKind::log, cluster_id, replica}; }

std::optional<std::string> check_log_record(StoreTransaction& transaction, const Cursor::Entry& entry) {
  return LogReader(transaction).check_record(entry);
}

}  // namespace

class LogStore::Environment {
 public:
  Environment(OpenStore store, std::size_t retained_bytes_max)
      : store_(std::move(store)), retained_bytes_max_(retained_bytes_max) {}

  const LmdbEnvironment& lmdb() const { return *store_.environment; }

  Result<void> read_totals() {
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::read);
    LogReader reader(transaction);
    totals_ = {reader.bodies_collected(), reader.retained_bytes()};
    return reader.status(lmdb());
  }

  Result<void> append(std::span<const NumberedRecord> records) {
    if (failed_) return failure("the log takes nothing after a failed append: stop the replica");
    StoreTransaction transaction(lmdb(), StoreTransaction::Mode::write);
    LogWriter writer(transaction, totals_, retained_bytes_max_);
    for (const NumberedRecord& record : records) std::visit(writer, record.record);
    auto committed = transaction.commit();
    if (committed)
      totals_ = writer.totals();
    else
      failed_ = true;
    return committed;
  }

 private:
  OpenStore store_;
  std::size_t retained_bytes_max_;
  LogTotals totals_;
  bool failed_ = false;
};

LogStore::LogStore(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}
LogStore::~LogStore() = default;

Result<void> LogStore::init(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica) {
  const std::array records{
      std::pair(single_key(RecordKind::collected), encode_collected(SequenceNumber())),
  };
  return create_store(directory, identity_of(cluster_id, replica), records);
}

Result<void> LogStore::init_mute(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                                 std::uint64_t nonce) {
  const std::array records{
      std::pair(single_key(RecordKind::collected), encode_collected(SequenceNumber())),
      std::pair(single_key(RecordKind::mute), encode_mute(nonce)),
  };
  return create_store(directory, identity_of(cluster_id, replica), records);
}

Result<void> LogStore::create(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                              const LogImage& image) {
  std::vector<std::pair<Bytes, Bytes>> records;
  records.emplace_back(single_key(RecordKind::collected), encode_collected(image.bodies_collected));
  if (image.stable) records.emplace_back(single_key(RecordKind::stable), encode_stable(*image.stable));
  for (const auto& [n, vote] : image.own_checkpoints)
    records.emplace_back(record_key(RecordKind::own_checkpoint, n), encode_own_checkpoint(vote));
  for (const auto& [n, decided] : image.committed) {
    records.emplace_back(record_key(RecordKind::committed, n), encode_committed(decided.certificate));
    if (!decided.batch) continue;
    const ByteView body = decided.batch->body();
    records.emplace_back(body_key(n, decided.certificate.digest), Bytes(body.begin(), body.end()));
  }
  return create_store(directory, identity_of(cluster_id, replica), records, LogStoreOptions().map_bytes_max);
}

Result<std::unique_ptr<LogStore>> LogStore::open(const std::filesystem::path& directory, const Digest& cluster_id,
                                                 ReplicaId replica, const LogStoreOptions& options) {
  auto store = open_store(directory, identity_of(cluster_id, replica), options.map_bytes_max, check_log_record);
  if (!store) return tl::unexpected<Error>(store.error());
  auto environment = std::make_unique<Environment>(std::move(*store), options.retained_bytes_max);
  if (auto read = environment->read_totals(); !read) return tl::unexpected<Error>(read.error());
  return std::unique_ptr<LogStore>(new LogStore(std::move(environment)));
}

Result<LogImage> LogStore::load() const {
  StoreTransaction transaction(environment_->lmdb(), StoreTransaction::Mode::read);
  LogReader reader(transaction);
  LogImage image = reader.image();
  if (const auto read = reader.status(environment_->lmdb()); !read) return tl::unexpected<Error>(read.error());
  return image;
}

std::unique_ptr<StoreScrub> LogStore::scrub() const {
  return std::make_unique<StoreScrub>(environment_->lmdb(), check_log_record);
}

Result<void> LogStore::append(std::span<const NumberedRecord> records) { return environment_->append(records); }

Result<std::vector<CommittedBatch>> LogStore::read_retained(SequenceNumber first, std::uint32_t count,
                                                            std::size_t bytes_max) const {
  StoreTransaction transaction(environment_->lmdb(), StoreTransaction::Mode::read);
  LogReader reader(transaction);
  auto batches = reader.committed_batches(first, count, bytes_max);
  if (const auto read = reader.status(environment_->lmdb()); !read) return tl::unexpected<Error>(read.error());
  return batches;
}

Result<std::vector<CommittedBatch>> LogStore::read_marks(SequenceNumber first, std::uint64_t count, bool with_bodies,
                                                         std::size_t bytes_max) const {
  StoreTransaction transaction(environment_->lmdb(), StoreTransaction::Mode::read);
  LogReader reader(transaction);
  auto marks = reader.marks(first, count, with_bodies, bytes_max);
  if (const auto read = reader.status(environment_->lmdb()); !read) return tl::unexpected<Error>(read.error());
  return marks;
}

}  // namespace quorate
