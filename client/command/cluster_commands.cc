// cluster create, start, status, stop, kill, destroy: a cluster on this machine.
#include <signal.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <thread>

#include "client/command/json.h"
#include "client/command/process.h"
#include "client/command/session.h"
#include "client/health.h"
#include "crypto/key_file.h"

namespace quorate::command {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds poll{20};
constexpr std::chrono::seconds default_patience{30};  // of the commands without --timeout

/// Ports that are free at this moment, each for another replica.
std::vector<std::uint16_t> free_ports(std::uint32_t count) {
  asio::io_context context(1);
  std::vector<asio::ip::tcp::acceptor> held;
  std::vector<std::uint16_t> ports;
  for (std::uint32_t i = 0; i < count; ++i) {
    held.emplace_back(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    ports.push_back(held.back().local_endpoint().port());
  }
  return ports;
}

/// quorate-replica is installed beside quorate.
std::filesystem::path replica_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "quorate-replica";
}

Result<void> write_new_cluster(const CreateOptions& options) {
  ClusterFile cluster;
  const Directory& directory = options.directory;
  std::error_code error;
  for (std::uint32_t i = 0; i < options.replicas; ++i) {
    std::filesystem::create_directories(replica_directory(directory.cluster_file(), ReplicaId(i)), error);
    if (error) return failure(directory.root.string() + ": cannot be made: " + error.message());
    const SecretSeed seed = SecretSeed::generate();
    cluster.genesis.replica_keys.push_back(Ed25519Signer(seed).public_key());
    const auto written = write_key_file(replica_key_path(directory.cluster_file(), ReplicaId(i)), seed);
    if (!written) return written;
  }
  for (std::uint32_t i = 0; i < options.clients; ++i) {
    const SecretSeed seed = SecretSeed::generate();
    cluster.genesis.client_keys.push_back(Ed25519Signer(seed).public_key());
    const auto written = write_key_file(client_key_path(directory.cluster_file(), ClientId(i)), seed);
    if (!written) return written;
  }
  const auto ports = free_ports(options.replicas);
  for (std::uint32_t i = 0; i < options.replicas; ++i) {
    const auto chosen = static_cast<std::uint16_t>(options.base_port + i);
    cluster.addresses.push_back({"127.0.0.1", options.base_port != 0 ? chosen : ports[i]});
  }
  // A NEW-VIEW of a large cluster must fit a frame: its window is smaller then.
  while (!cluster.genesis.check() && cluster.genesis.checkpoint_interval > 1) {
    cluster.genesis.checkpoint_interval /= 2;
    cluster.genesis.log_window = 2 * cluster.genesis.checkpoint_interval;
  }
  if (auto good = cluster.genesis.check(); !good) return good;
  return write_cluster_file(directory.cluster_file(), cluster);
}

Result<void> make_stores(const Directory& directory, ReplicaId replica) {
  const auto status = run_to_end({replica_program().string(), "--cluster", directory.cluster_file().string(), "--id",
                                  std::to_string(replica.value), "--init", "--log-level", "error"});
  if (!status) return tl::unexpected(status.error());
  if (*status == 0) return {};
  return failure("cannot create the stores of replica " + std::to_string(replica.value));
}

/// Who asks the replicas how they are: client 0, whose key may be in use, as asking takes no timestamp.
Result<SecretSeed> asking_key(const Directory& directory) {
  return read_key_file(client_key_path(directory.cluster_file(), ClientId(0)));
}

constexpr std::chrono::milliseconds ask_patience{500};

Status wait_for_end(const Directory& directory, ReplicaId replica, Clock::time_point deadline) {
  while (running(directory, replica)) {
    if (Clock::now() >= deadline) {
      return fail(Status::unknown, "replica " + std::to_string(replica.value) +
                                       " did not stop in time; 'quorate cluster kill " + directory.root.string() + " " +
                                       std::to_string(replica.value) +
                                       "' ends it at once and loses nothing that was acknowledged");
    }
    std::this_thread::sleep_for(poll);
  }
  forget_pid(directory, replica);
  return Status::done;
}

/// Signals all of them first, so that they stop at the same time.
Status stop_these(const Directory& directory, const std::vector<ReplicaId>& replicas, std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  for (const ReplicaId replica : replicas) signal_replica(directory, replica, SIGTERM);
  Status worst = Status::done;
  for (const ReplicaId replica : replicas) {
    if (const Status one = wait_for_end(directory, replica, deadline); one != Status::done) worst = one;
  }
  return worst;
}

std::vector<ReplicaId> all_of(const ClusterFile& cluster) {
  std::vector<ReplicaId> all;
  for (std::uint32_t i = 0; i < cluster.addresses.size(); ++i) all.emplace_back(i);
  return all;
}

/// True when there is more in the directory than the lock of a command.
bool occupied(const Directory& directory) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory.root, none)) {
    if (entry.path() != directory.lock_file()) return true;
  }
  return false;
}

Status refuse_occupied(const Directory& directory) {
  return fail(Status::usage, directory.root.string() +
                                 " is not empty; choose another directory, or remove a cluster with 'quorate cluster "
                                 "destroy'");
}

std::vector<ReplicaLine> lines_of(const Directory& directory, const ClusterFile& cluster,
                                  const std::vector<std::optional<HealthReport>>& reports) {
  std::vector<ReplicaLine> lines;
  for (std::uint32_t i = 0; i < reports.size(); ++i) {
    ReplicaLine line;
    line.id = i;
    line.pid = running(directory, ReplicaId(i));
    line.role = "unreachable";
    line.health = line.pid ? "the process runs and does not answer" : "no process runs";
    if (const auto& report = reports[i]) {
      line.role = cluster.genesis.quorums().primary_of(report->view) == ReplicaId(i) ? "primary" : "backup";
      line.view = report->view.value;
      line.last_executed = report->last_executed.value;
      line.stable_checkpoint = report->stable_checkpoint.value;
      line.health = report->health;
    }
    lines.push_back(line);
  }
  return lines;
}

void print_table(const std::vector<ReplicaLine>& lines) {
  const auto text = [](const auto& value) { return value ? std::to_string(*value) : std::string("-"); };
  std::cout << std::left << std::setw(8) << "replica" << std::setw(10) << "pid" << std::setw(13) << "role"
            << std::setw(6) << "view" << std::setw(15) << "last executed" << std::setw(19) << "stable checkpoint"
            << "health\n";
  for (const ReplicaLine& line : lines) {
    std::cout << std::setw(8) << line.id << std::setw(10) << text(line.pid) << std::setw(13) << line.role
              << std::setw(6) << text(line.view) << std::setw(15) << text(line.last_executed) << std::setw(19)
              << text(line.stable_checkpoint) << line.health << '\n';
  }
}

}  // namespace

Status create(const CreateOptions& options) {
  const Directory& directory = options.directory;
  if (occupied(directory)) return refuse_occupied(directory);
  std::error_code error;
  std::filesystem::create_directories(directory.root, error);
  if (error) return fail(Status::usage, directory.root.string() + ": cannot be made: " + error.message());
  const auto lock = lock_directory(directory, default_patience);
  if (!lock) return fail(Status::usage, lock.error().message);
  if (occupied(directory)) return refuse_occupied(directory);
  auto made = write_new_cluster(options);
  for (std::uint32_t i = 0; made && i < options.replicas; ++i) made = make_stores(directory, ReplicaId(i));
  if (!made) {
    std::error_code ignored;
    std::filesystem::remove_all(directory.root, ignored);
    return fail(Status::usage, made.error().message);
  }
  std::cout << "created a cluster of " << options.replicas << " replicas in " << directory.root.string()
            << " (all private keys are there: for use on one machine)\n"
            << "start it with: quorate cluster start " << directory.root.string() << '\n';
  return Status::done;
}

Status start(const Directory& directory, std::chrono::seconds patience) {
  const auto cluster = read_cluster(directory);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  const auto seed = asking_key(directory);
  if (!seed) return fail(Status::usage, seed.error().message);
  const auto lock = lock_directory(directory, patience);
  if (!lock) return fail(Status::usage, lock.error().message);
  const auto replicas = static_cast<std::uint32_t>(cluster->addresses.size());
  std::vector<ReplicaId> started;
  const auto undo = [&](const std::string& why) {
    stop_these(directory, started, std::chrono::seconds(5));
    return fail(Status::unreachable, why);
  };
  for (std::uint32_t i = 0; i < replicas; ++i) {
    if (running(directory, ReplicaId(i))) continue;
    const auto pid = start_replica(directory, ReplicaId(i), replica_program());
    if (!pid) return undo(pid.error().message);
    started.emplace_back(i);
  }
  const auto deadline = Clock::now() + patience;
  while (true) {
    const auto reports = ask_health(*cluster, ClientId(0), *seed, ask_patience);
    bool all = true;
    for (const ReplicaId replica : started) all = all && reports[replica.value].has_value();
    const auto answering = std::count_if(reports.begin(), reports.end(), [](const auto& r) { return r.has_value(); });
    if (all && answering >= cluster->genesis.quorums().quorum()) break;
    for (const ReplicaId replica : started) {
      if (running(directory, replica)) continue;
      return undo("replica " + std::to_string(replica.value) + " ended at once; the last it said:\n" +
                  last_output(directory, replica));
    }
    if (Clock::now() > deadline) return undo("the replicas do not answer; see replica-*/output.txt");
  }
  std::cout << started.size() << " replicas started, " << replicas - started.size() << " ran already\n";
  return Status::done;
}

Status status(const Directory& directory, bool json) {
  const auto cluster = read_cluster(directory);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  const auto seed = asking_key(directory);
  if (!seed) return fail(Status::usage, seed.error().message);
  const auto lines = lines_of(directory, *cluster, ask_health(*cluster, ClientId(0), *seed, ask_patience));
  if (json) {
    std::cout << json_of(lines) << '\n';
  } else {
    print_table(lines);
  }
  const auto up =
      std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.role != "unreachable"; });
  return up >= cluster->genesis.quorums().quorum() ? Status::done : Status::unreachable;
}

Status stop(const Directory& directory, std::optional<std::uint32_t> replica, std::chrono::seconds patience) {
  const auto cluster = read_cluster(directory);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  if (replica && !cluster->genesis.knows(ReplicaId(*replica))) {
    return fail(Status::usage, "there is no replica " + std::to_string(*replica));
  }
  const auto lock = lock_directory(directory, patience);
  if (!lock) return fail(Status::usage, lock.error().message);
  return stop_these(directory, replica ? std::vector{ReplicaId(*replica)} : all_of(*cluster), patience);
}

Status kill(const Directory& directory, std::uint32_t replica) {
  const auto cluster = read_cluster(directory);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  if (!cluster->genesis.knows(ReplicaId(replica))) {
    return fail(Status::usage, "there is no replica " + std::to_string(replica));
  }
  const auto lock = lock_directory(directory, default_patience);
  if (!lock) return fail(Status::usage, lock.error().message);
  if (!signal_replica(directory, ReplicaId(replica), SIGKILL)) {
    return fail(Status::not_met, "replica " + std::to_string(replica) + " does not run");
  }
  while (running(directory, ReplicaId(replica))) std::this_thread::sleep_for(poll);
  forget_pid(directory, ReplicaId(replica));
  return Status::done;
}

Status destroy(const Directory& directory, std::chrono::seconds patience) {
  const auto cluster = read_cluster(directory);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  const auto lock = lock_directory(directory, patience);
  if (!lock) return fail(Status::usage, lock.error().message);
  if (const Status stopped = stop_these(directory, all_of(*cluster), patience); stopped != Status::done) return stopped;
  std::error_code error;
  std::filesystem::remove_all(directory.root, error);
  if (error) return fail(Status::usage, directory.root.string() + ": cannot be removed: " + error.message());
  return Status::done;
}

}  // namespace quorate::command
