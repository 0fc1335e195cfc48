#include "client/command/session.h"

#include <iostream>
#include <optional>
#include <utility>

namespace quorate::command {

Result<ClusterFile> read_cluster(const Directory& directory) {
  if (!std::filesystem::exists(directory.cluster_file())) {
    return failure("no cluster in " + directory.root.string() + " (there is no " + directory.cluster_file().string() +
                   "); make one with 'quorate cluster create " + directory.root.string() + "'");
  }
  return read_cluster_file(directory.cluster_file());
}

Result<std::unique_ptr<Session>> Session::open(const Target& target) {
  const auto cluster = read_cluster(target.directory);
  if (!cluster) return tl::unexpected(cluster.error());
  std::optional<ClientId> wanted;
  if (target.client) wanted = ClientId(*target.client);
  auto key = take_client_key(target.directory.cluster_file(), *cluster, wanted);
  if (!key) return tl::unexpected(key.error());
  ClientLimits limits;
  limits.deadline = target.deadline;
  return std::unique_ptr<Session>(new Session(*cluster, std::move(*key), limits));
}

Session::Session(const ClusterFile& cluster, ClientKey key, const ClientLimits& limits)
    : key_(std::move(key)), client_(context_.get_executor(), cluster, key_.id, key_.seed, limits) {}

Result<Answer> Session::execute(const Operation& operation) {
  auto bytes = encode_operation(operation);
  if (!bytes) return tl::unexpected(bytes.error());
  std::optional<Answer> answer;
  async_execute(client_, std::move(*bytes), [&](Answer arrived) { answer = std::move(arrived); });
  context_.restart();
  while (!answer) context_.run_one();
  return std::move(*answer);
}

Status fail(Status status, const std::string& message) {
  std::cerr << "quorate: " << message << '\n';
  return status;
}

Status fail(ClientError error) {
  return fail(error == ClientError::unreachable ? Status::unreachable : Status::unknown, describe(error));
}

}  // namespace quorate::command
