// What `quorate cluster …` and `quorate keygen` can do: each command as a function from its options to an exit status.
// cluster_line.cc reads the command line, cluster_help.cc has what --help says.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/command/commands.h"

namespace quorate::command {

/// What the commands on a cluster share.
struct ClusterOptions {
  Directory directory;
  std::optional<std::uint32_t> replica;  // nothing: all replicas that are on this machine
  std::chrono::seconds patience{30};
  bool json = false;
};

// --- cluster_create.cc ---

struct CreateOptions {
  Directory directory;
  std::optional<std::uint32_t> replicas;  // 4, or as many as there are hosts
  std::uint32_t clients = 16;
  std::uint16_t base_port = 0;        // 0: ports that are free now, by chance; with hosts: 7000
  std::filesystem::path hosts;        // hosts.h; empty: 127.0.0.1
  std::filesystem::path client_keys;  // public keys of the clients, one a line; empty: make `clients` keys
  bool json = false;
};
Status create(const CreateOptions& options);
/// Makes a key file for each name and prints the public keys.
Status keygen(const std::vector<std::string>& files, bool json);

// --- cluster_run.cc ---

struct StartOptions : ClusterOptions {
  std::string listen;    // address to listen at instead of the host in the cluster file; empty: that host
  std::string traitors;  // REPLICA=TRAITOR…, several with commas: these run quorate-traitor
};
/// Starts what is down; returns when what was started answers and, for a whole cluster on this machine, a quorum
/// serves.
Status start(const StartOptions& options);
Status stop(const ClusterOptions& options);
Status kill(const ClusterOptions& options);
Status pause(const ClusterOptions& options);
Status resume(const ClusterOptions& options);
Status restart(const StartOptions& options);

// --- traitors.cc ---

/// Lists what quorate-traitor can be.
Status list_traitors(bool json);

// --- cluster_remove.cc ---

/// Removes the stores of one stopped replica. `confirmed`: do not ask on the terminal.
Status wipe(const ClusterOptions& options, bool confirmed);
Status destroy(const ClusterOptions& options);

// --- cluster_status.cc ---

/// Exit status: whether a quorum serves. `watch`: again each second, until it is interrupted.
Status status(const ClusterOptions& options, bool watch);
/// Until every replica is well or, with options.replica, until that one has what the others had at the start.
Status wait(const ClusterOptions& options);

// --- cluster_logs.cc ---

struct LogsOptions : ClusterOptions {
  std::uint32_t lines = 20;
  bool follow = false;
};
/// The last lines that replicas logged.
Status logs(const LogsOptions& options);

// --- cluster_backup.cc ---

/// A consistent copy of one replica's stores (options.replica, else the first that can be copied) in `to`.
Status backup(const ClusterOptions& options, const std::filesystem::path& to);
/// Lays the stores of all replicas anew from a copy; the whole cluster must be stopped.
Status restore(const ClusterOptions& options, const std::filesystem::path& from);

}  // namespace quorate::command
