// The cluster of one directory, as the commands see it: its file, the replicas whose keys are here, and what all
// replicas say of themselves.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/command/cluster_commands.h"
#include "client/command/cluster_json.h"
#include "client/health.h"

namespace quorate::command {

struct LocalCluster {
  Directory directory;
  ClusterFile file;
  std::vector<ReplicaId> here;      // their private keys are in the directory: this machine may run them
  std::vector<ReplicaId> chosen;    // what the command is about: one of them, or all
  std::shared_ptr<const int> lock;  // of the directory; null for who only looks
  bool whole() const { return here.size() == file.addresses.size(); }
};

/// For commands that only look. Prints what is wrong: no cluster, no such replica here.
tl::expected<LocalCluster, Status> look_at_cluster(const ClusterOptions& options);
/// For commands that change something: takes the lock, and completes a restore that was interrupted (restore_swap.h).
tl::expected<LocalCluster, Status> hold_cluster(const ClusterOptions& options);

/// Who asks the replicas how they are: the first client whose key is here. Its key may be in use, as asking takes no
/// timestamp.
struct AskingKey {
  ClientId id;
  SecretSeed seed;
};
/// Nothing when there is no client key here. Errors: a key file that cannot be used.
Result<std::optional<AskingKey>> find_asking_key(const LocalCluster& cluster);
/// The same for commands that cannot do without. Prints what is wrong.
tl::expected<AskingKey, Status> need_asking_key(const LocalCluster& cluster);

using Reports = std::vector<std::optional<HealthReport>>;
/// All replicas; waits half a second at most.
Reports ask(const LocalCluster& cluster, const AskingKey& key);
/// A quorum answers in one view, its primary among them.
bool serves(const ClusterFile& cluster, const Reports& reports);
/// A slot that at least one loyal replica among those that answered, `except` left out, has executed: the (f+1)-th
/// highest. Nothing when f+1 did not answer.
std::optional<SequenceNumber> executed_surely(const ClusterFile& cluster, const Reports& reports,
                                              std::optional<ReplicaId> except);
std::vector<ReplicaLine> lines_of(const LocalCluster& cluster, const Reports& reports);

/// "replica 2"
std::string name_of(ReplicaId replica);
/// Whether a replica has a log (one that was wiped has not).
bool has_log(const LocalCluster& cluster, ReplicaId replica);
/// Whether it has a log or a state.
bool has_stores(const LocalCluster& cluster, ReplicaId replica);

}  // namespace quorate::command
