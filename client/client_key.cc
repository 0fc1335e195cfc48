#include "client/client_key.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/key_file.h"

namespace quorate {
namespace {

/// The locked file; null when another process holds it.
Result<std::shared_ptr<const int>> lock(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failure(path.string() + ": cannot open the client key: " + std::strerror(errno));
  const std::shared_ptr<const int> held(new int(file), [](const int* descriptor) {
    ::close(*descriptor);
    delete descriptor;
  });
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return held;
  if (errno == EWOULDBLOCK) return nullptr;
  return failure(path.string() + ": cannot lock the client key: " + std::strerror(errno));
}

Result<ClientKey> read(const std::filesystem::path& path, const ClusterFile& cluster, ClientId id,
                       std::shared_ptr<const int> lock) {
  const auto seed = read_key_file(path);
  if (!seed) return tl::unexpected(seed.error());
  if (Ed25519Signer(*seed).public_key() != cluster.genesis.client_keys[id.value]) {
    return failure(path.string() + ": not the key that the cluster file names for client " + std::to_string(id.value) +
                   "; restore the right one of the two files");
  }
  auto memory = ClientMemory::open(std::filesystem::path(path).replace_extension(".memory"));
  if (!memory) return tl::unexpected(memory.error());
  return ClientKey{id, *seed, std::move(lock), std::make_shared<ClientMemory>(std::move(*memory))};
}

}  // namespace

Result<ClientKey> take_client_key(const std::filesystem::path& cluster_file, const ClusterFile& cluster,
                                  std::optional<ClientId> wanted) {
  const auto clients = static_cast<std::uint32_t>(cluster.genesis.client_keys.size());
  if (wanted && wanted->value >= clients) {
    return failure(cluster_file.string() + " has no client " + std::to_string(wanted->value) + ", only 0 to " +
                   std::to_string(clients - 1));
  }
  bool any = false;
  for (std::uint32_t i = wanted ? wanted->value : 0; i < clients; ++i) {
    const auto path = client_key_path(cluster_file, ClientId(i));
    std::error_code none;
    if (!wanted && !std::filesystem::exists(path, none)) continue;  // the key of a client on another machine
    any = true;
    auto held = lock(path);
    if (!held) return tl::unexpected(held.error());
    if (*held) return read(path, cluster, ClientId(i), std::move(*held));
    if (wanted) return failure(path.string() + ": another process speaks for this client now; wait, or take another");
  }
  if (!any)
    return failure("there is no client key beside " + cluster_file.string() + "; put one there, as client-I.key");
  return failure("all client keys beside " + cluster_file.string() +
                 " are in use; wait for another process to end, or create the cluster with more --clients");
}

}  // namespace quorate
