// One command's connection to its cluster: the files read, a client key taken, operations run to their end.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
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
  /// Runs the context until `done` says so.
  template <typename Condition>
  void run_until(Condition done) {
    context_.restart();
    while (!done()) {
      context_.run_one();
      context_.poll();  // what is ready together counts as one step
    }
  }
  Client& client() { return client_; }
  ClientId id() const { return id_; }

 private:
  Session(const ClusterFile& cluster, const ClientKey& key, const ClientLimits& limits);

  void tell_of_waiting(const ClusterFile& cluster);

  asio::io_context context_{1};
  ClientId id_;
  Client client_;
  asio::steady_timer hint_{context_};
};

/// The cluster file of a directory. Errors say how to make one.
Result<ClusterFile> read_cluster(const Directory& directory);
/// The same for data commands, whose user may have meant another directory.
Result<ClusterFile> read_cluster(const Target& target);
/// The exit status for what went wrong.
Status status_of(const Answer& answer);
/// Prints what went wrong and tells the exit status for it. The handle of an operation whose outcome is not known goes
/// to standard output, for `quorate outcome`.
Status fail(const Target& target, const Client& client, const Answer& answer);

}  // namespace quorate::command
