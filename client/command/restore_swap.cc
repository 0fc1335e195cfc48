#include "client/command/restore_swap.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace quorate::command {
namespace {

std::filesystem::path ready(const Directory& directory) { return directory.root / "restore.ready"; }
std::filesystem::path old_stores(const Directory& directory) { return directory.root / "restore.old"; }

Result<void> force_entries(const std::filesystem::path& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool forced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (forced) return {};
  return failure(directory.string() + ": cannot be forced to disk: " + std::strerror(error));
}

Result<void> move(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (!error) return {};
  return failure(from.string() + " cannot take its new place " + to.string() + ": " + error.message() +
                 "; remove the cause and repeat the command, which goes on where this one stopped");
}

/// One store of one replica. Wherever it was interrupted, the new store is still in restore.ready.
Result<void> exchange(const Directory& directory, const std::filesystem::path& store) {
  std::error_code none;
  const auto relative = store.lexically_relative(directory.root);
  const auto fresh = ready(directory) / relative;
  const auto aside = old_stores(directory) / relative;
  if (!std::filesystem::exists(fresh, none)) return {};
  if (std::filesystem::exists(store, none)) {
    std::error_code error;
    std::filesystem::create_directories(aside.parent_path(), error);
    if (error) return failure(aside.parent_path().string() + ": cannot be made: " + error.message());
    if (auto moved = move(store, aside); !moved) return moved;
  }
  if (auto moved = move(fresh, store); !moved) return moved;
  return force_entries(store.parent_path());
}

}  // namespace

std::filesystem::path restore_place(const Directory& directory) { return directory.root / "restore.new"; }

Result<void> decide_restore(const Directory& directory) {
  if (auto moved = move(restore_place(directory), ready(directory)); !moved) return moved;
  return force_entries(directory.root);
}

Result<bool> finish_restore(const Directory& directory, const ClusterFile& cluster) {
  std::error_code error;
  const bool decided = std::filesystem::exists(ready(directory), error);
  for (std::uint32_t i = 0; decided && i < cluster.addresses.size(); ++i) {
    if (in_use(directory, ReplicaId(i))) {
      return failure("a restore of " + directory.root.string() + " was interrupted, and a process uses the stores of " +
                     "replica " + std::to_string(i) + ": end that process, then repeat the command");
    }
    const auto file = directory.cluster_file();
    for (const auto& store : {replica_log_path(file, ReplicaId(i)), replica_state_path(file, ReplicaId(i))}) {
      if (const auto done = exchange(directory, store); !done) return tl::unexpected(done.error());
    }
  }
  // The old stores first: while restore.ready is there, an interrupted removal is taken up again.
  std::filesystem::remove_all(old_stores(directory), error);
  if (!error && decided) std::filesystem::remove_all(ready(directory), error);
  if (error) return failure(directory.root.string() + ": the old stores cannot be removed: " + error.message());
  return decided;
}

}  // namespace quorate::command
