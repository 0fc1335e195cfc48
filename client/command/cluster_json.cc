#include "client/command/cluster_json.h"

#include <nlohmann/json.hpp>

namespace quorate::command {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Names of files and lines of logs may hold any bytes: what is no UTF-8 is replaced.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string json_of(const std::vector<ReplicaLine>& replicas, bool serves) {
  Json list = Json::array();
  for (const ReplicaLine& line : replicas) {
    list.push_back({{"id", line.id},
                    {"pid", or_null(line.pid)},
                    {"program", or_null(line.program)},
                    {"role", line.role},
                    {"view", or_null(line.view)},
                    {"last_executed", or_null(line.last_executed)},
                    {"stable_checkpoint", or_null(line.stable_checkpoint)},
                    {"health", line.health}});
  }
  return text_of({{"replicas", list}, {"serves", serves}});
}

std::string json_of(const CreatedCluster& created) {
  return text_of({{"directory", created.directory},
                  {"cluster_id", created.cluster_id},
                  {"replicas", created.replicas},
                  {"clients", created.clients},
                  {"replica_keys_here", created.replica_keys_here},
                  {"client_keys_here", created.client_keys_here}});
}

std::string json_of(const std::vector<MadeKey>& keys) {
  Json list = Json::array();
  for (const MadeKey& key : keys) list.push_back({{"file", key.file}, {"public_key", key.public_key}});
  return text_of({{"keys", list}});
}

std::string json_of(const Started& started) {
  return text_of(
      {{"started", started.started}, {"ran_already", started.ran_already}, {"without_stores", started.without_stores}});
}

std::string json_of_log_line(std::uint32_t replica, const std::string& line) {
  return text_of({{"replica", replica}, {"line", line}});
}

std::string json_of_wait(const std::optional<std::string>& reason) {
  return text_of({{"met", !reason.has_value()}, {"reason", or_null(reason)}});
}

Result<BackupNote> parse_backup_note(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    BackupNote note;
    note.format = json.at("format").get<std::uint64_t>();
    note.cluster_id = json.at("cluster_id").get<std::string>();
    note.replica = json.at("replica").get<std::uint32_t>();
    note.slot = json.at("slot").get<std::uint64_t>();
    return note;
  } catch (const Json::exception&) {
    return failure("it does not say what a backup.json says");
  }
}

std::string json_of(const BackupNote& note, const std::string& directory) {
  return text_of(
      {{"directory", directory}, {"cluster_id", note.cluster_id}, {"replica", note.replica}, {"slot", note.slot}});
}

}  // namespace quorate::command
