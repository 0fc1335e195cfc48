#include "replica/stores.h"

#include <utility>

namespace quorate {

Result<void> init_stores(const Options& options, const Digest& cluster_id) {
  auto log = LogStore::init(replica_log_path(options.cluster_file, options.id), cluster_id, options.id);
  if (!log) return log;
  return StateStore::init(replica_state_path(options.cluster_file, options.id), cluster_id, options.id);
}

Result<void> check_stores(const Options& options, const Digest& cluster_id) {
  auto log = LogStore::check_files(replica_log_path(options.cluster_file, options.id), cluster_id, options.id);
  if (!log) return log;
  return StateStore::check_files(replica_state_path(options.cluster_file, options.id), cluster_id, options.id);
}

Result<Stores> open_stores(const Options& options, const Digest& cluster_id) {
  LogStoreOptions log_options;
  log_options.retained_bytes_max = std::size_t{options.retained_log_mb} << 20;
  auto log = LogStore::open(replica_log_path(options.cluster_file, options.id), cluster_id, options.id, log_options);
  if (!log) return tl::unexpected(log.error());
  auto state = StateStore::open(replica_state_path(options.cluster_file, options.id), cluster_id, options.id,
                                StateStoreOptions{});
  if (!state) return tl::unexpected(state.error());
  return Stores{std::move(*log), std::move(*state)};
}

}  // namespace quorate
