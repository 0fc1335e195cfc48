// A client key, taken by a lock on its file: no two processes of this machine speak for one client at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "client/client_memory.h"
#include "crypto/ed25519.h"
#include "messages/cluster_file.h"

namespace quorate {

struct ClientKey {
  ClientId id;
  SecretSeed seed;
  std::shared_ptr<const int> lock;  // released with the last copy
  /// Beside the key file. Without one (null) a life knows nothing of the ones before it.
  std::shared_ptr<ClientMemory> memory;
};

/// Takes the key of `wanted`, or the first one that nobody holds, and its memory, client-I.memory. Errors: no key file,
/// wrong mode or format, not the key of the cluster file, a damaged memory, all taken.
Result<ClientKey> take_client_key(const std::filesystem::path& cluster_file, const ClusterFile& cluster,
                                  std::optional<ClientId> wanted = std::nullopt);

}  // namespace quorate
