// cluster start, stop, kill, pause, resume, restart: the processes of the replicas on this machine.
#include <signal.h>

#include <algorithm>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <iostream>
#include <thread>

#include "client/command/local_cluster.h"
#include "client/command/stopping.h"
#include "client/command/traitors.h"

namespace quorate::command {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds poll{20};

/// Whether somebody listens where this replica should: all that can be told without a client key.
bool listens(const Address& address) {
  asio::io_context context(1);
  asio::ip::tcp::resolver resolver(context);
  asio::ip::tcp::socket socket(context);
  bool connected = false;
  resolver.async_resolve(address.host, std::to_string(address.port), [&](const auto& error, const auto& found) {
    if (error) return;
    asio::async_connect(socket, found, [&](const asio::error_code& failed, const auto&) { connected = !failed; });
  });
  context.run_for(std::chrono::milliseconds(500));
  return connected;
}

/// Whether somebody has the port at which this replica is to listen. Were it asked for, he might answer in its place: a
/// copy of the directory has the same keys.
bool port_in_use(const Address& address, const std::string& listen) {
  asio::io_context context(1);
  asio::ip::tcp::resolver resolver(context);
  asio::error_code error;
  const auto found = resolver.resolve(listen.empty() ? address.host : listen, std::to_string(address.port), error);
  if (error) return false;  // which the replica itself tells better
  asio::ip::tcp::acceptor acceptor(context);
  const asio::ip::tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), error);
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  return error == asio::error::address_in_use;
}

bool among(const std::vector<ReplicaId>& replicas, ReplicaId replica) {
  return std::find(replicas.begin(), replicas.end(), replica) != replicas.end();
}

/// What start waits for; the reason while it has not come true. A traitor may answer nobody: it only has to listen.
std::optional<std::string> not_yet(const LocalCluster& cluster, const std::vector<ReplicaId>& started,
                                   const std::vector<ReplicaId>& traitors, bool all,
                                   const std::optional<AskingKey>& key) {
  for (const ReplicaId replica : started) {
    if (key && !among(traitors, replica)) continue;
    if (!listens(cluster.file.addresses[replica.value])) return name_of(replica) + " does not listen";
  }
  if (!key) return std::nullopt;
  const Reports reports = ask(cluster, *key);
  for (const ReplicaId replica : started) {
    if (!reports[replica.value] && !among(traitors, replica)) return name_of(replica) + " does not answer";
  }
  if (!all || !traitors.empty() || serves(cluster.file, reports)) return std::nullopt;
  std::string silent;
  for (const ReplicaLine& line : lines_of(cluster, reports)) {
    if (line.role == "unreachable") silent += "; " + name_of(ReplicaId(line.id)) + ": " + line.health;
  }
  return "no quorum serves" + silent;
}

/// Ends what this command started: it has acknowledged nothing that is not on its disk.
void undo(const LocalCluster& cluster, const std::vector<ReplicaId>& started) {
  for (const ReplicaId replica : started) signal_replica(cluster.directory, replica, SIGTERM);
  const auto deadline = Clock::now() + std::chrono::seconds(5);
  for (const ReplicaId replica : started) {
    while (running(cluster.directory, replica)) {
      if (Clock::now() > deadline) signal_replica(cluster.directory, replica, SIGKILL);
      std::this_thread::sleep_for(poll);
    }
    forget_pid(cluster.directory, replica);
  }
}

void print(const Started& started, bool json) {
  if (json) {
    std::cout << json_of(started) << '\n';
    return;
  }
  std::cout << started.started.size() << (started.started.size() == 1 ? " replica" : " replicas") << " started, "
            << started.ran_already.size() << " ran already\n";
  for (const std::uint32_t replica : started.without_stores) {
    std::cout << name_of(ReplicaId(replica)) << " had no log: it is mute until the others have let it in again\n";
  }
}

Result<pid_t> start_one(const LocalCluster& cluster, ReplicaId replica, std::vector<std::string> arguments,
                        const std::vector<ReplicaId>& traitors, const std::string& postings) {
  if (!among(traitors, replica)) {
    return start_replica(cluster.directory, replica, replica_program(), arguments);
  }
  arguments.insert(arguments.end(), {"--traitor", postings});
  return start_replica(cluster.directory, replica, traitor_program(), arguments);
}

Status start_held(const LocalCluster& cluster, const StartOptions& options) {
  const auto key = find_asking_key(cluster);
  if (!key) return fail(Status::usage, key.error().message);
  const auto traitors = traitors_here(cluster, options.traitors);
  if (!traitors) return fail(Status::usage, traitors.error().message);
  std::vector<std::string> arguments;
  if (!options.listen.empty()) arguments = {"--listen", options.listen};
  std::vector<ReplicaId> started;
  Started told;
  const auto fail_start = [&](const std::string& why) {
    undo(cluster, started);
    return fail(Status::unreachable, why);
  };
  for (const ReplicaId replica : cluster.chosen) {
    if (running(cluster.directory, replica)) {
      told.ran_already.push_back(replica.value);
    } else if (const Address& address = cluster.file.addresses[replica.value]; port_in_use(address, options.listen)) {
      return fail_start(
          "port " + std::to_string(address.port) + " of " + name_of(replica) +
          " is in use by another process (a copy of this directory has the same ports and keys: never run "
          "both); stop it, or change the port in " +
          cluster.directory.cluster_file().string());
    } else {
      if (!has_log(cluster, replica)) told.without_stores.push_back(replica.value);
      const auto pid = start_one(cluster, replica, arguments, *traitors, options.traitors);
      if (!pid) return fail_start(pid.error().message);
      started.push_back(replica);
      told.started.push_back(replica.value);
    }
  }
  const auto deadline = Clock::now() + options.patience;
  const bool all = cluster.whole() && !options.replica;
  while (const auto reason = not_yet(cluster, started, *traitors, all, *key)) {
    for (const ReplicaId replica : started) {
      if (running(cluster.directory, replica)) continue;
      return fail_start(name_of(replica) + " ended at once; the last it said:\n" +
                        last_output(cluster.directory, replica));
    }
    if (Clock::now() > deadline) {
      return fail_start("it took too long: " + *reason + "; see 'quorate cluster logs " +
                        cluster.directory.root.string() + "'");
    }
    std::this_thread::sleep_for(poll);
  }
  print(told, options.json);
  return Status::done;
}

/// Signals those that run. With a replica named, it must run; of all, one must.
Status signal_chosen(const LocalCluster& cluster, const ClusterOptions& options, int signal,
                     std::vector<ReplicaId>& signalled) {
  for (const ReplicaId replica : cluster.chosen) {
    if (signal_replica(cluster.directory, replica, signal)) signalled.push_back(replica);
  }
  if (!signalled.empty()) return Status::done;
  return fail(Status::not_met, options.replica ? name_of(ReplicaId(*options.replica)) + " does not run"
                                               : std::string("no replica runs here"));
}

/// SIGSTOP or SIGCONT, and until it has taken effect.
Status pause_or_resume(const ClusterOptions& options, bool pausing) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  std::vector<ReplicaId> signalled;
  const Status sent = signal_chosen(*cluster, options, pausing ? SIGSTOP : SIGCONT, signalled);
  for (const ReplicaId replica : signalled) {
    for (auto pid = running(cluster->directory, replica); pid && paused(*pid) != pausing;
         pid = running(cluster->directory, replica)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  return sent;
}

}  // namespace

Status start(const StartOptions& options) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  return start_held(*cluster, options);
}

Status stop(const ClusterOptions& options) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  return stop_these(cluster->directory, cluster->chosen, options.patience);
}

Status kill(const ClusterOptions& options) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  std::vector<ReplicaId> signalled;
  const Status sent = signal_chosen(*cluster, options, SIGKILL, signalled);
  for (const ReplicaId replica : signalled) {
    while (running(cluster->directory, replica)) std::this_thread::sleep_for(poll);
    forget_pid(cluster->directory, replica);
  }
  return sent;
}

Status pause(const ClusterOptions& options) { return pause_or_resume(options, true); }
Status resume(const ClusterOptions& options) { return pause_or_resume(options, false); }

Status restart(const StartOptions& options) {
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  const Status stopped = stop_these(cluster->directory, cluster->chosen, options.patience);
  return stopped == Status::done ? start_held(*cluster, options) : stopped;
}

}  // namespace quorate::command
