// What `quorate cluster` and `quorate keygen` print as JSON: one object on one line for each answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/error.h"

namespace quorate::command {

struct ReplicaLine {
  std::uint32_t id = 0;
  std::optional<int> pid;
  std::optional<std::string> program;  // of the process here
  std::string role;                    // primary, backup or unreachable
  std::optional<std::uint64_t> view;
  std::optional<std::uint64_t> last_executed;
  std::optional<std::uint64_t> stable_checkpoint;
  std::string health;
};
/// {"replicas": [{"id", "pid", "program", "role", "view", "last_executed", "stable_checkpoint", "health"}], "serves"};
/// unknown values are null.
std::string json_of(const std::vector<ReplicaLine>& replicas, bool serves);

struct CreatedCluster {
  std::string directory;
  std::string cluster_id;
  std::uint32_t replicas = 0;
  std::uint32_t clients = 0;
  std::uint32_t replica_keys_here = 0;  // private keys that were made
  std::uint32_t client_keys_here = 0;
};
std::string json_of(const CreatedCluster& created);

struct MadeKey {
  std::string file;
  std::string public_key;
};
/// {"keys": [{"file", "public_key"}]}
std::string json_of(const std::vector<MadeKey>& keys);

struct Started {
  std::vector<std::uint32_t> started;
  std::vector<std::uint32_t> ran_already;
  std::vector<std::uint32_t> without_stores;  // they had no log: mute until they are let in again
};
std::string json_of(const Started& started);

/// {"replica", "line"}
std::string json_of_log_line(std::uint32_t replica, const std::string& line);
/// {"met", "reason"}; the reason is null when it is met.
std::string json_of_wait(const std::optional<std::string>& reason);

/// backup.json (replica/README.md, "Backup").
struct BackupNote {
  std::uint64_t format = 0;
  std::string cluster_id;
  std::uint32_t replica = 0;
  std::uint64_t slot = 0;
};
Result<BackupNote> parse_backup_note(const std::string& text);
/// {"directory", "cluster_id", "replica", "slot"}
std::string json_of(const BackupNote& note, const std::string& directory);

}  // namespace quorate::command
