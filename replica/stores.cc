#include "replica/stores.h"

#include <spdlog/spdlog.h>

#include <future>
#include <utility>

#include "crypto/random.h"

namespace quorate {

Result<void> init_stores(const Options& options, const Digest& cluster_id) {
  auto log = LogStore::init(replica_log_path(options.cluster_file, options.id), cluster_id, options.id);
  if (!log) return log;
  return StateStore::init(replica_state_path(options.cluster_file, options.id), cluster_id, options.id);
}

namespace {

/// Makes room for a store in the place of one that is lost. Returns where the remains of that are; empty: there are
/// none.
Result<std::filesystem::path> set_aside(const std::filesystem::path& directory, const Error& why) {
  std::filesystem::path aside = directory;
  aside += ".damaged";
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return std::filesystem::path();
  std::filesystem::remove_all(aside, error);
  std::filesystem::rename(directory, aside, error);
  if (!error) return aside;
  return failure(why.message + " It cannot be set aside as '" + aside.string() + "': " + error.message());
}

bool lost(const Error& error) { return error.kind != ErrorKind::other; }

void tell(const Error& why, const char* what, const std::filesystem::path& aside) {
  spdlog::error("{}", why.message);
  spdlog::warn("{}{}", what, aside.empty() ? "" : "; the damaged one is in '" + aside.string() + "'");
}

Result<std::unique_ptr<StateStore>> open_state(const std::filesystem::path& directory, const Digest& cluster_id,
                                               ReplicaId id, const StateStoreOptions& options) {
  auto state = StateStore::open(directory, cluster_id, id, options);
  if (state || !lost(state.error())) return state;
  const auto aside = set_aside(directory, state.error());
  if (!aside) return tl::unexpected(aside.error());
  tell(state.error(), "the state is begun anew and comes from the other replicas", *aside);
  if (auto made = StateStore::init(directory, cluster_id, id); !made) return tl::unexpected(made.error());
  return StateStore::open(directory, cluster_id, id, options);
}

Result<std::unique_ptr<LogStore>> open_log(const std::filesystem::path& directory, const Digest& cluster_id,
                                           const Options& options) {
  LogStoreOptions log_options;
  log_options.retained_bytes_max = std::size_t{options.retained_log_mb} << 20;
  auto log = LogStore::open(directory, cluster_id, options.id, log_options);
  if (log || !lost(log.error())) return log;
  const auto aside = set_aside(directory, log.error());
  if (!aside) return tl::unexpected(aside.error());
  tell(
      log.error(),
      "the log is begun anew: this replica is mute until the others have let it in again, by itself. At the birth of a "
      "cluster that is wrong: then stop it, remove its stores, and run quorate-replica --init",
      *aside);
  if (auto made = LogStore::init_mute(directory, cluster_id, options.id, random_u64()); !made) {
    return tl::unexpected(made.error());
  }
  return LogStore::open(directory, cluster_id, options.id, log_options);
}

}  // namespace

Result<Stores> open_stores(const Options& options, const Digest& cluster_id) {
  // Every record is read: both at once take little longer than one.
  auto opening_log = std::async(std::launch::async, [&] {
    return open_log(replica_log_path(options.cluster_file, options.id), cluster_id, options);
  });
  StateStoreOptions state_options;
  state_options.blocks_max = std::uint64_t{options.retained_log_mb} << 10;  // one for each KiB of retained batches
  auto state = open_state(replica_state_path(options.cluster_file, options.id), cluster_id, options.id, state_options);
  auto log = opening_log.get();
  if (!log) return tl::unexpected(log.error());
  if (!state) return tl::unexpected(state.error());
  return Stores{std::move(*log), std::move(*state)};
}

}  // namespace quorate
