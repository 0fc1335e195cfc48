// cluster wipe and destroy: what takes data away.
#include <unistd.h>

#include <iostream>
#include <string>

#include "client/command/local_cluster.h"
#include "client/command/stopping.h"

namespace quorate::command {
namespace {

constexpr const char* warning =
    "Its log holds what it voted for. Without it the replica could contradict itself: started again it is mute until\n"
    "the others have let it in again, which it asks for by itself. Until then the cluster bears one bad replica "
    "less.\n";

/// Asks on the terminal; without one, refuses.
bool confirm(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) return false;
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

}  // namespace

Status wipe(const ClusterOptions& options, bool confirmed) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  const ReplicaId replica = cluster->chosen[0];
  if (in_use(options.directory, replica)) {
    return fail(Status::not_met, name_of(replica) + " runs; stop it first: quorate cluster stop " +
                                     options.directory.root.string() + " " + std::to_string(replica.value));
  }
  if (!has_stores(*cluster, replica)) return fail(Status::not_met, name_of(replica) + " has no stores");
  if (!confirmed) {
    std::cerr << "This removes the log and the state of " << name_of(replica) << ". " << warning;
    if (!confirm("Remove them?")) return fail(Status::usage, "nothing was removed; say --yes to do it unasked");
  }
  const auto file = options.directory.cluster_file();
  for (const auto& store : {replica_log_path(file, replica), replica_state_path(file, replica)}) {
    std::error_code error;
    std::filesystem::remove_all(store, error);
    if (error) return fail(Status::usage, store.string() + ": cannot be removed: " + error.message());
  }
  std::cerr << "The log and the state of " << name_of(replica) << " are gone. " << warning;
  return Status::done;
}

Status destroy(const ClusterOptions& options) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  const Status stopped = stop_these(options.directory, cluster->here, options.patience);
  if (stopped != Status::done) return stopped;
  std::error_code error;
  std::filesystem::remove_all(options.directory.root, error);
  if (error) return fail(Status::usage, options.directory.root.string() + ": cannot be removed: " + error.message());
  return Status::done;
}

}  // namespace quorate::command
