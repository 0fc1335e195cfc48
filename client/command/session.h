// One command's connection to its cluster: the files read, a client key taken, operations run to their end.
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "client/client_key.h"
#include "client/command/commands.h"
#include "client/key_value.h"

namespace quorate::command {

class Session {
 public:
  /// Errors: files missing or wrong, no client key free.
  static Result<std::unique_ptr<Session>> open(const Target& target);

  /// Runs one operation to its end. Errors: an operation beyond its limits.
  Result<Answer> execute(const Operation& operation);
  Client& client() { return client_; }
  asio::io_context& context() { return context_; }

 private:
  Session(const ClusterFile& cluster, ClientKey key, const ClientLimits& limits);

  asio::io_context context_{1};
  ClientKey key_;
  Client client_;
};

/// The cluster file of a directory. Errors say how to make one.
Result<ClusterFile> read_cluster(const Directory& directory);
/// Prints what went wrong and tells the exit status for it.
Status fail(ClientError error);

}  // namespace quorate::command
