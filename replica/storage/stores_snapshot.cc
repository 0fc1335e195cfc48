#include "replica/storage/stores_snapshot.h"

#include <limits>
#include <utility>

#include "replica/storage/log_reader.h"
#include "replica/storage/state_store.h"
#include "replica/storage/store_files.h"

namespace quorate {
namespace {

Result<std::unique_ptr<LmdbEnvironment>> open_to_read(const std::filesystem::path& directory) {
  std::error_code none;
  if (!std::filesystem::exists(directory / "data.mdb", none)) {
    return failure("there is no store in '" + directory.string() + "'");
  }
  auto environment = LmdbEnvironment::open(directory, LmdbEnvironment::Access::read_only, 0);
  if (environment) (*environment)->forget_dead_readers();
  return environment;
}

}  // namespace

StoresSnapshot::StoresSnapshot(std::unique_ptr<LmdbEnvironment> log, std::unique_ptr<LmdbEnvironment> state,
                               const Digest& cluster_id)
    : log_(std::move(log)),
      state_(std::move(state)),
      cluster_id_(cluster_id),
      state_seen_(*state_, StoreTransaction::Mode::read),
      log_seen_(*log_, StoreTransaction::Mode::read) {}

Result<std::unique_ptr<StoresSnapshot>> StoresSnapshot::open(const std::filesystem::path& log,
                                                             const std::filesystem::path& state,
                                                             const Digest& cluster_id, ReplicaId replica) {
  auto log_environment = open_to_read(log);
  if (!log_environment) return tl::unexpected<Error>(log_environment.error());
  auto state_environment = open_to_read(state);
  if (!state_environment) return tl::unexpected<Error>(state_environment.error());
  std::unique_ptr<StoresSnapshot> snapshot(
      new StoresSnapshot(std::move(*log_environment), std::move(*state_environment), cluster_id));
  const auto ours_or = [&](const LmdbEnvironment& environment, const std::filesystem::path& directory,
                           StoreTransaction& seen, StoreKind kind) {
    return check_identity(environment, directory, seen, {kind, cluster_id, replica});
  };
  const auto log_ours = ours_or(*snapshot->log_, log, snapshot->log_seen_, StoreKind::log);
  if (!log_ours) return tl::unexpected<Error>(log_ours.error());
  const auto state_ours = ours_or(*snapshot->state_, state, snapshot->state_seen_, StoreKind::state);
  if (!state_ours) return tl::unexpected<Error>(state_ours.error());
  const auto slot = StateStore::durable_in(*snapshot->state_, snapshot->state_seen_);
  if (!slot) return tl::unexpected<Error>(slot.error());
  snapshot->state_slot_ = *slot;
  return snapshot;
}

Result<LogImage> StoresSnapshot::decided() {
  LogReader reader(log_seen_);
  LogImage image;
  image.bodies_collected = state_slot_;
  image.stable = reader.stable();
  const SequenceNumber collected = reader.bodies_collected();
  auto batches = reader.committed_batches(state_slot_ + 1, std::numeric_limits<std::uint32_t>::max(),
                                          std::numeric_limits<std::size_t>::max());
  if (auto read = reader.status(*log_); !read) return tl::unexpected<Error>(read.error());
  if (collected > state_slot_ + batches.size()) {
    return failure("the state ends at slot " + std::to_string(state_slot_.value) +
                   " and the log has dropped what led on to " + std::to_string(collected.value));
  }
  for (CommittedBatch& batch : batches) image.committed.emplace(batch.certificate.n, std::move(batch));
  return image;
}

Result<void> StoresSnapshot::copy_state(const std::filesystem::path& directory, ReplicaId replica) {
  return StateStore::create_copy(directory, cluster_id_, replica, *state_, state_seen_);
}

}  // namespace quorate
