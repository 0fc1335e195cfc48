#include "client/command/session.h"

#include <iostream>
#include <optional>
#include <utility>

#include "client/command/json.h"

namespace quorate::command {
namespace {

constexpr std::chrono::seconds hint_after{2};

}  // namespace

Result<ClusterFile> read_cluster(const Directory& directory) {
  if (!std::filesystem::exists(directory.cluster_file())) {
    return failure("no cluster in " + directory.root.string() + " (there is no " + directory.cluster_file().string() +
                   "); make one with 'quorate cluster create " + directory.root.string() + "'");
  }
  return read_cluster_file(directory.cluster_file());
}

Result<ClusterFile> read_cluster(const Target& target) {
  auto cluster = read_cluster(target.directory);
  if (cluster || std::filesystem::exists(target.directory.cluster_file())) return cluster;
  return failure(cluster.error().message + ", or name yours with --cluster DIR or QUORATE_CLUSTER");
}

Result<std::unique_ptr<Session>> Session::open(const Target& target) {
  const auto cluster = read_cluster(target);
  if (!cluster) return tl::unexpected(cluster.error());
  std::optional<ClientId> wanted;
  if (target.client) wanted = ClientId(*target.client);
  auto key = take_client_key(target.directory.cluster_file(), *cluster, wanted);
  if (!key) return tl::unexpected(key.error());
  ClientLimits limits;
  limits.deadline = target.deadline;
  return std::unique_ptr<Session>(new Session(*cluster, *key, limits));
}

Session::Session(const ClusterFile& cluster, const ClientKey& key, const ClientLimits& limits)
    : id_(key.id), client_(context_.get_executor(), cluster, key, limits) {
  tell_of_waiting(cluster);
}

void Session::tell_of_waiting(const ClusterFile& cluster) {
  hint_.expires_after(hint_after);
  hint_.async_wait([this, quorums = cluster.genesis.quorums()](const asio::error_code& cancelled) {
    if (cancelled || client_.connected() >= quorums.quorum()) return;
    std::cerr << "quorate: waiting: " << client_.connected() << " of " << quorums.replicas()
              << " replicas can be reached, " << quorums.quorum() << " must; 'quorate cluster status' says more\n";
  });
}

Result<Answer> Session::execute(const Operation& operation) {
  auto bytes = encode_operation(operation);
  if (!bytes) return tl::unexpected(bytes.error());
  std::optional<Answer> answer;
  async_execute(client_, std::move(*bytes), [&](Answer arrived) { answer = std::move(arrived); });
  run_until([&] { return answer.has_value(); });
  return std::move(*answer);
}

Status fail(Status status, const std::string& message) {
  std::cerr << "quorate: " << message << '\n';
  return status;
}

Status status_of(const Answer& answer) {
  if (answer.error == ClientError::memory_failed) return Status::usage;
  return answer.handle || answer.error == ClientError::too_old ? Status::unknown : Status::unreachable;
}

Status fail(const Target& target, const Client& client, const Answer& answer) {
  if (answer.error == ClientError::memory_failed) return fail(status_of(answer), client.failure());
  if (!answer.handle) return fail(status_of(answer), describe(answer.error));
  const std::string handle = text_of(*answer.handle);
  std::cout << (target.json ? json_of_handle(handle) : handle) << std::endl;
  return fail(status_of(answer), describe(answer.error) + "; 'quorate outcome " + handle + "' finds out");
}

}  // namespace quorate::command
