// cluster create and keygen: keys, cluster.toml and empty stores, at the birth of a cluster.
#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fstream>
#include <iostream>

#include "client/command/cluster_commands.h"
#include "client/command/cluster_json.h"
#include "client/command/hosts.h"
#include "client/command/process.h"
#include "client/command/session.h"
#include "crypto/ed25519.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

constexpr std::chrono::seconds lock_patience{30};
constexpr std::uint16_t usual_port = 7000;
constexpr std::uint32_t usual_replicas = 4;

/// The first port that the system may give to an outgoing connection, of any program.
std::uint16_t first_outgoing_port() {
  std::uint16_t first = 32768;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return first;
}

/// Ports that are free at this moment, each for another replica. They are below those of outgoing connections, which
/// would take one now and then while its replica is down.
std::vector<std::uint16_t> free_ports(std::uint32_t count) {
  constexpr std::uint16_t lowest = 10'000;
  const std::uint16_t end = std::max<std::uint16_t>(first_outgoing_port(), lowest + 2'000);
  asio::io_context context(1);
  std::vector<asio::ip::tcp::acceptor> held;
  std::vector<std::uint16_t> ports;
  for (std::uint32_t tries = 0; ports.size() < count; ++tries) {
    const auto drawn = static_cast<std::uint16_t>(lowest + random_u64() % (end - lowest));
    asio::ip::tcp::acceptor acceptor(context, asio::ip::tcp::v4());
    asio::error_code taken;
    acceptor.bind({asio::ip::address_v4::loopback(), drawn}, taken);
    if (taken && tries < 1000) continue;
    if (taken) acceptor.bind({asio::ip::address_v4::loopback(), 0});
    ports.push_back(acceptor.local_endpoint().port());
    held.push_back(std::move(acceptor));
  }
  return ports;
}

std::vector<HostLine> hosts_here(std::uint32_t count, std::uint16_t base_port) {
  std::vector<HostLine> hosts(count);
  const auto ports = base_port == 0 ? free_ports(count) : std::vector<std::uint16_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto chosen = static_cast<std::uint16_t>(base_port + i);
    hosts[i].address = {"127.0.0.1", base_port == 0 ? ports[i] : chosen};
  }
  return hosts;
}

Result<std::vector<HostLine>> hosts_of(const CreateOptions& options) {
  if (options.hosts.empty()) return hosts_here(options.replicas.value_or(usual_replicas), options.base_port);
  const auto text = read_text(options.hosts);
  if (!text) return tl::unexpected(text.error());
  auto hosts = parse_hosts(*text, options.hosts.string(), options.base_port == 0 ? usual_port : options.base_port);
  if (hosts && options.replicas && *options.replicas != hosts->size()) {
    return failure(options.hosts.string() + " has " + std::to_string(hosts->size()) + " hosts for " +
                   std::to_string(*options.replicas) + " replicas; correct the file, or leave out --replicas");
  }
  return hosts;
}

/// Makes the key file and tells its public key.
Result<PublicKey> make_key(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return failure(path.parent_path().string() + ": cannot be made: " + error.message());
  const SecretSeed seed = SecretSeed::generate();
  if (const auto written = write_key_file(path, seed); !written) return tl::unexpected(written.error());
  return Ed25519Signer(seed).public_key();
}

Result<std::vector<PublicKey>> client_keys_of(const CreateOptions& options) {
  if (!options.client_keys.empty()) {
    const auto text = read_text(options.client_keys);
    if (!text) return tl::unexpected(text.error());
    return parse_public_keys(*text, options.client_keys.string());
  }
  std::vector<PublicKey> keys;
  for (std::uint32_t i = 0; i < options.clients; ++i) {
    const auto key = make_key(client_key_path(options.directory.cluster_file(), ClientId(i)));
    if (!key) return tl::unexpected(key.error());
    keys.push_back(*key);
  }
  return keys;
}

Result<void> make_stores(const Directory& directory, ReplicaId replica) {
  const auto status = run_to_end({replica_program().string(), "--cluster", directory.cluster_file().string(), "--id",
                                  std::to_string(replica.value), "--init", "--log-level", "error"});
  if (!status) return tl::unexpected(status.error());
  if (*status == 0) return {};
  return failure("cannot create the stores of replica " + std::to_string(replica.value));
}

Result<CreatedCluster> write_new_cluster(const CreateOptions& options, const std::vector<HostLine>& hosts) {
  const auto file = options.directory.cluster_file();
  ClusterFile cluster;
  CreatedCluster created;
  std::vector<ReplicaId> here;
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    cluster.addresses.push_back(hosts[i].address);
    if (!hosts[i].key) here.emplace_back(i);
    const auto key = hosts[i].key ? Result<PublicKey>(*hosts[i].key) : make_key(replica_key_path(file, ReplicaId(i)));
    if (!key) return tl::unexpected(key.error());
    cluster.genesis.replica_keys.push_back(*key);
  }
  auto client_keys = client_keys_of(options);
  if (!client_keys) return tl::unexpected(client_keys.error());
  cluster.genesis.client_keys = std::move(*client_keys);
  // A NEW-VIEW of a large cluster must fit a frame: its window is smaller then.
  while (!cluster.genesis.check() && cluster.genesis.checkpoint_interval > 1) {
    cluster.genesis.checkpoint_interval /= 2;
    cluster.genesis.log_window = 2 * cluster.genesis.checkpoint_interval;
  }
  if (auto good = cluster.genesis.check(); !good) return tl::unexpected(good.error());
  if (auto written = write_cluster_file(file, cluster); !written) return tl::unexpected(written.error());
  for (const ReplicaId replica : here)
    if (auto made = make_stores(options.directory, replica); !made) return tl::unexpected(made.error());
  created.directory = options.directory.root.string();
  created.cluster_id = to_hex(cluster.genesis.cluster_id().bytes);
  created.replicas = static_cast<std::uint32_t>(hosts.size());
  created.clients = static_cast<std::uint32_t>(cluster.genesis.client_keys.size());
  created.replica_keys_here = static_cast<std::uint32_t>(here.size());
  created.client_keys_here = options.client_keys.empty() ? options.clients : 0;
  return created;
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

void print(const CreatedCluster& created, bool json) {
  if (json) {
    std::cout << json_of(created) << '\n';
    return;
  }
  std::cout << "created a cluster of " << created.replicas << " replicas in " << created.directory;
  if (created.replica_keys_here == created.replicas) {
    std::cout << " (all private keys are there: for use on one machine)\n"
              << "start it with: quorate cluster start " << created.directory << '\n';
    return;
  }
  std::cout << '\n';
  if (created.replica_keys_here + created.client_keys_here > 0) {
    std::cout << "private keys made here: " << created.replica_keys_here << " of replicas, " << created.client_keys_here
              << " of clients; each belongs on its own machine only\n";
  }
  std::cout << "next, on the machine of replica I, with cluster.toml and replica-I/key in DIR:\n"
            << "  quorate-replica --cluster DIR/cluster.toml --id I --init   (once)\n"
            << "  quorate cluster start DIR\n";
}

}  // namespace

Status create(const CreateOptions& options) {
  const Directory& directory = options.directory;
  if (occupied(directory)) return refuse_occupied(directory);
  const auto hosts = hosts_of(options);
  if (!hosts) return fail(Status::usage, hosts.error().message);
  std::error_code error;
  std::filesystem::create_directories(directory.root, error);
  if (error) return fail(Status::usage, directory.root.string() + ": cannot be made: " + error.message());
  const auto lock = lock_directory(directory, lock_patience);
  if (!lock) return fail(Status::usage, lock.error().message);
  if (occupied(directory)) return refuse_occupied(directory);
  const auto created = write_new_cluster(options, *hosts);
  if (!created) {
    std::error_code ignored;
    std::filesystem::remove_all(directory.root, ignored);
    return fail(Status::usage, created.error().message);
  }
  print(*created, options.json);
  return Status::done;
}

Status keygen(const std::vector<std::string>& files, bool json) {
  std::vector<MadeKey> made;
  for (const std::string& file : files) {
    const auto key = make_key(file);
    if (!key) return fail(Status::usage, key.error().message);
    made.push_back({file, to_hex(key->bytes)});
    if (!json) std::cout << made.back().public_key << "  " << file << '\n' << std::flush;
  }
  if (json) std::cout << json_of(made) << '\n';
  return Status::done;
}

}  // namespace quorate::command
