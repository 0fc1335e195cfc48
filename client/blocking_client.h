// The client for programs that wait: each call blocks its thread until its outcome is known.
//
// Any number of threads may call one BlockingClient at the same time; what they ask travels together. A thread of its
// own does the work (client.h says how).
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "client/key_value.h"

namespace quorate {

class BlockingClient {
 public:
  /// Reads the cluster file, takes the key of `wanted` or the first free one, and begins to dial. Errors: those of
  /// read_cluster_file and take_client_key.
  static Result<std::unique_ptr<BlockingClient>> open(const std::filesystem::path& cluster_file,
                                                      std::optional<ClientId> wanted = std::nullopt,
                                                      const ClientLimits& limits = {});
  /// Closes. No call may be under way any more.
  ~BlockingClient();
  BlockingClient(const BlockingClient&) = delete;
  BlockingClient& operator=(const BlockingClient&) = delete;

  /// Runs an operation, under a t of `allot` if one is given. Errors: it breaks a limit; nothing was sent.
  Result<Answer> execute(const Operation& operation, Timestamp t = Timestamp());
  /// Client::async_allot.
  Allotment allot(std::uint64_t count);
  /// Client::async_outcome.
  Resolution outcome(const OperationHandle& handle);
  /// Calls under way, and all later ones, end with ClientError::closed.
  void close();

  ClientId id() const { return id_; }
  const Genesis& genesis() const { return genesis_; }

 private:
  BlockingClient(const ClusterFile& cluster, const ClientKey& key, const ClientLimits& limits);

  ClientId id_;
  Genesis genesis_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Client client_;
  std::thread thread_;
};

}  // namespace quorate
