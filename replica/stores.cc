#include "replica/stores.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace quorate {

Result<void> init_stores(const Options& options, const Digest& cluster_id) {
  auto log = LogStore::init(replica_log_path(options.cluster_file, options.id), cluster_id, options.id);
  if (!log) return log;
  return StateStore::init(replica_state_path(options.cluster_file, options.id), cluster_id, options.id);
}

namespace {

Result<std::unique_ptr<StateStore>> open_state(const std::filesystem::path& directory, const Digest& cluster_id,
                                               ReplicaId id, const StateStoreOptions& options) {
  return StateStore::open(directory, cluster_id, id, options);
}

/// An empty state in the place of one that is lost: the replica catches up from the others, like one that was away. The
/// log is what a replica must never lose; the others have the state.
Result<std::unique_ptr<StateStore>> replace_state(const std::filesystem::path& directory, const Digest& cluster_id,
                                                  ReplicaId id, const StateStoreOptions& options, const Error& why) {
  std::filesystem::path aside = directory;
  aside += ".damaged";
  std::error_code error;
  std::filesystem::remove_all(aside, error);
  if (why.kind == ErrorKind::damaged) std::filesystem::rename(directory, aside, error);
  if (error) {
    return failure(why.message + " It cannot be set aside as '" + aside.string() + "': " + error.message());
  }
  spdlog::error("{}", why.message);
  spdlog::warn("the state is begun anew{}; it comes from the other replicas",
               why.kind == ErrorKind::damaged ? ", the damaged one is in '" + aside.string() + "'" : "");
  if (auto made = StateStore::init(directory, cluster_id, id); !made) return tl::unexpected(made.error());
  return open_state(directory, cluster_id, id, options);
}

}  // namespace

Result<Stores> open_stores(const Options& options, const Digest& cluster_id) {
  LogStoreOptions log_options;
  log_options.retained_bytes_max = std::size_t{options.retained_log_mb} << 20;
  auto log = LogStore::open(replica_log_path(options.cluster_file, options.id), cluster_id, options.id, log_options);
  if (!log) return tl::unexpected(log.error());
  const auto directory = replica_state_path(options.cluster_file, options.id);
  StateStoreOptions state_options;
  state_options.blocks_max = std::uint64_t{options.retained_log_mb} << 10;  // one for each KiB of retained batches
  auto state = open_state(directory, cluster_id, options.id, state_options);
  if (!state && state.error().kind != ErrorKind::other) {
    state = replace_state(directory, cluster_id, options.id, state_options, state.error());
  }
  if (!state) return tl::unexpected(state.error());
  return Stores{std::move(*log), std::move(*state)};
}

}  // namespace quorate
