#include "client/command/local_cluster.h"

#include <algorithm>
#include <functional>
#include <iostream>

#include "client/command/restore_swap.h"
#include "client/command/session.h"
#include "crypto/key_file.h"

namespace quorate::command {
namespace {

constexpr std::chrono::milliseconds ask_patience{500};

std::string health_of(const LocalCluster& cluster, ReplicaId replica, std::optional<pid_t> pid,
                      const std::optional<HealthReport>& report, std::optional<SequenceNumber> executed) {
  const bool here = std::find(cluster.here.begin(), cluster.here.end(), replica) != cluster.here.end();
  if (pid && paused(*pid)) return "paused; 'quorate cluster resume' lets it go on";
  if (report) {
    const bool behind = executed && report->last_executed + cluster.file.genesis.checkpoint_interval < *executed;
    if (!behind || report->health != "ok") return report->health;
    return std::to_string(*executed - report->last_executed) + " slots behind: it is catching up";
  }
  if (!here) return "does not answer; it is not on this machine";
  if (pid) return "the process runs and does not answer";
  if (!has_stores(cluster, replica))
    return "no process runs, and its stores are gone; started, it gets them back from the others";
  std::error_code none;
  const bool noted = std::filesystem::exists(cluster.directory.pid_file(replica), none);
  return noted ? "its process ended by itself, or with the machine; 'quorate cluster logs' has its last words"
               : "no process runs";
}

}  // namespace

std::string name_of(ReplicaId replica) { return "replica " + std::to_string(replica.value); }

bool has_log(const LocalCluster& cluster, ReplicaId replica) {
  std::error_code none;
  return std::filesystem::exists(replica_log_path(cluster.directory.cluster_file(), replica), none);
}

bool has_stores(const LocalCluster& cluster, ReplicaId replica) {
  const auto file = cluster.directory.cluster_file();
  std::error_code none;
  return std::filesystem::exists(replica_log_path(file, replica), none) ||
         std::filesystem::exists(replica_state_path(file, replica), none);
}

tl::expected<LocalCluster, Status> look_at_cluster(const ClusterOptions& options) {
  auto file = read_cluster(options.directory);
  if (!file) return tl::unexpected(fail(Status::usage, file.error().message));
  LocalCluster cluster{options.directory, std::move(*file), {}, {}, nullptr};
  std::error_code none;
  for (std::uint32_t i = 0; i < cluster.file.addresses.size(); ++i) {
    const auto key = replica_key_path(options.directory.cluster_file(), ReplicaId(i));
    if (std::filesystem::exists(key, none)) cluster.here.emplace_back(i);
  }
  cluster.chosen = cluster.here;
  if (!options.replica) return cluster;
  const ReplicaId wanted(*options.replica);
  if (!cluster.file.genesis.knows(wanted)) {
    return tl::unexpected(fail(Status::usage, "there is no " + name_of(wanted)));
  }
  cluster.chosen = {wanted};
  return cluster;
}

tl::expected<LocalCluster, Status> hold_cluster(const ClusterOptions& options) {
  auto cluster = look_at_cluster(options);
  if (!cluster) return cluster;
  if (options.replica &&
      std::find(cluster->here.begin(), cluster->here.end(), cluster->chosen[0]) == cluster->here.end()) {
    const auto key = replica_key_path(options.directory.cluster_file(), cluster->chosen[0]);
    return tl::unexpected(
        fail(Status::usage, name_of(cluster->chosen[0]) + " is not on this machine: there is no " + key.string()));
  }
  auto lock = lock_directory(options.directory, options.patience);
  if (!lock) return tl::unexpected(fail(Status::usage, lock.error().message));
  cluster->lock = std::move(*lock);
  const auto finished = finish_restore(options.directory, cluster->file);
  if (!finished) return tl::unexpected(fail(Status::usage, finished.error().message));
  if (*finished) std::cerr << "quorate: a restore that was interrupted is now complete\n";
  return cluster;
}

Result<std::optional<AskingKey>> find_asking_key(const LocalCluster& cluster) {
  std::error_code none;
  for (std::uint32_t i = 0; i < cluster.file.genesis.client_keys.size(); ++i) {
    const auto path = client_key_path(cluster.directory.cluster_file(), ClientId(i));
    if (!std::filesystem::exists(path, none)) continue;
    const auto seed = read_key_file(path);
    if (!seed) return tl::unexpected(seed.error());
    return AskingKey{ClientId(i), *seed};
  }
  return std::nullopt;
}

tl::expected<AskingKey, Status> need_asking_key(const LocalCluster& cluster) {
  const auto key = find_asking_key(cluster);
  if (!key) return tl::unexpected(fail(Status::usage, key.error().message));
  if (*key) return **key;
  return tl::unexpected(fail(Status::usage, "there is no client key in " + cluster.directory.root.string() +
                                                ", and replicas answer clients only; put one there as client-I.key"));
}

Reports ask(const LocalCluster& cluster, const AskingKey& key) {
  return ask_health(cluster.file, key.id, key.seed, ask_patience);
}

bool serves(const ClusterFile& cluster, const Reports& reports) {
  const Quorums quorums = cluster.genesis.quorums();
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    if (!reports[i] || quorums.primary_of(reports[i]->view) != ReplicaId(i)) continue;
    const auto same_view = [&](const auto& report) { return report && report->view == reports[i]->view; };
    if (std::count_if(reports.begin(), reports.end(), same_view) >= quorums.quorum()) return true;
  }
  return false;
}

std::optional<SequenceNumber> executed_surely(const ClusterFile& cluster, const Reports& reports,
                                              std::optional<ReplicaId> except) {
  std::vector<SequenceNumber> executed;
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    if (reports[i] && except != ReplicaId(i)) executed.push_back(reports[i]->last_executed);
  }
  const std::size_t needed = cluster.genesis.quorums().weak_quorum();
  if (executed.size() < needed) return std::nullopt;
  std::sort(executed.begin(), executed.end(), std::greater<>());
  return executed[needed - 1];
}

std::vector<ReplicaLine> lines_of(const LocalCluster& cluster, const Reports& reports) {
  std::vector<ReplicaLine> lines;
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    const ReplicaId replica(i);
    ReplicaLine line;
    line.id = i;
    line.pid = running(cluster.directory, replica);
    if (line.pid) line.program = program_of(*line.pid);
    line.role = "unreachable";
    line.health = health_of(cluster, replica, line.pid, reports[i], executed_surely(cluster.file, reports, replica));
    if (const auto& report = reports[i]) {
      line.role = cluster.file.genesis.quorums().primary_of(report->view) == replica ? "primary" : "backup";
      line.view = report->view.value;
      line.last_executed = report->last_executed.value;
      line.stable_checkpoint = report->stable_checkpoint.value;
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace quorate::command
