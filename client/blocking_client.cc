#include "client/blocking_client.h"

#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <future>
#include <utility>

namespace quorate {
namespace {

/// Begins something on the client's thread and waits for what it completes with.
template <typename Value, typename Begin>
Value await(asio::io_context& context, Begin begin) {
  std::promise<Value> promise;
  auto future = promise.get_future();
  asio::post(context, [&] { begin([&promise](Value value) { promise.set_value(std::move(value)); }); });
  return future.get();
}

}  // namespace

Result<std::unique_ptr<BlockingClient>> BlockingClient::open(const std::filesystem::path& cluster_file,
                                                             std::optional<ClientId> wanted,
                                                             const ClientLimits& limits) {
  const auto cluster = read_cluster_file(cluster_file);
  if (!cluster) return tl::unexpected(cluster.error());
  const auto key = take_client_key(cluster_file, *cluster, wanted);
  if (!key) return tl::unexpected(key.error());
  return std::unique_ptr<BlockingClient>(new BlockingClient(*cluster, *key, limits));
}

BlockingClient::BlockingClient(const ClusterFile& cluster, const ClientKey& key, const ClientLimits& limits)
    : id_(key.id),
      genesis_(cluster.genesis),
      work_(context_.get_executor()),
      client_(context_.get_executor(), cluster, key, limits),
      thread_([this] { context_.run(); }) {}

BlockingClient::~BlockingClient() {
  close();
  work_.reset();
  thread_.join();
}

Result<Answer> BlockingClient::execute(const Operation& operation, Timestamp t) {
  auto bytes = encode_operation(operation);
  if (!bytes) return tl::unexpected(bytes.error());
  return await<Answer>(context_, [&](auto done) { async_execute_at(client_, t, std::move(*bytes), done); });
}

Allotment BlockingClient::allot(std::uint64_t count) {
  return await<Allotment>(context_, [&](auto done) { client_.async_allot(count, done); });
}

Resolution BlockingClient::outcome(const OperationHandle& handle) {
  return await<Resolution>(context_, [&](auto done) { client_.async_outcome(handle, done); });
}

void BlockingClient::close() {
  asio::post(context_, [this] { client_.close(); });
}

}  // namespace quorate
