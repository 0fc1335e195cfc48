// The cluster file: the genesis configuration and where each replica listens, as TOML.
//
// Format: README.md, "Cluster file". Keys and sizes are the genesis configuration and never change; hosts and ports
// may. Unknown keys are refused, so a misspelt limit cannot pass for its default. Secret keys are in files of their
// own, at paths that follow from the directory of the cluster file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.h"
#include "crypto/signature.h"
#include "messages/genesis.h"
#include "messages/types.h"

namespace quorate {

/// Where a replica listens: a host name or IP address, and a TCP port.
struct Address {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

struct ClusterFile {
  Genesis genesis;
  std::vector<Address> addresses;  // index = ReplicaId; as many as replica keys
};

/// Errors carry `name`, the line and what to do: not TOML, unknown or missing keys, wrong types and ranges, ids that
/// are not 0, 1, 2 … in order, keys that are not 64 hexadecimal digits, and every rule of Genesis::check.
Result<ClusterFile> parse_cluster_file(std::string_view text, std::string_view name);
/// Reads and parses. Errors: as above, or the file cannot be read.
Result<ClusterFile> read_cluster_file(const std::filesystem::path& path);
/// The text that parse_cluster_file reads back as the same value. Requires time_bound_us to be whole milliseconds.
std::string cluster_file_text(const ClusterFile& cluster);
/// Creates the file. Errors: it exists already, or cannot be written.
Result<void> write_cluster_file(const std::filesystem::path& path, const ClusterFile& cluster);

/// Files of a cluster, by convention beside the cluster file: replica-0/key, replica-0/log, replica-0/state,
/// client-0.key.
std::filesystem::path replica_directory(const std::filesystem::path& cluster_file, ReplicaId replica);
std::filesystem::path replica_key_path(const std::filesystem::path& cluster_file, ReplicaId replica);
std::filesystem::path replica_log_path(const std::filesystem::path& cluster_file, ReplicaId replica);
std::filesystem::path replica_state_path(const std::filesystem::path& cluster_file, ReplicaId replica);
std::filesystem::path client_key_path(const std::filesystem::path& cluster_file, ClientId client);

}  // namespace quorate
