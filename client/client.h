// The client library: ClientCore (client_core.h) with sockets, a timer and a deadline for each operation.
//
// A Client speaks for one client key, which nobody else may use at the same time (client_key.h). All calls and all of
// its work happen on the one thread that runs the executor. It dials every replica, keeps dialling those that are down,
// and works as soon as q of them answer.
#pragma once

#include <array>
#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/prefer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "client/client_core.h"
#include "crypto/ed25519.h"
#include "messages/cluster_file.h"

namespace quorate {

/// How an operation ended for its caller.
enum class ClientError : std::uint8_t {
  none,             // executed: the leaf is proven by f+1 replicas
  unreachable,      // it did not leave before its deadline, as too few replicas answered; it never runs
  outcome_unknown,  // it left and was not answered in time, or its t left the window: it may or may not have run
  closed,           // the client was closed first; as outcome_unknown if it had left
};

struct Outcome {
  ClientError error = ClientError::none;
  Leaf leaf;  // meaningful without error
};

struct ClientLimits {
  std::chrono::milliseconds deadline{30'000};  // of an operation, from its submission
  ClientOptions core;
};

class Client {
 public:
  /// The files' content is copied. Begins to dial at once.
  Client(const asio::any_io_executor& executor, const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
         const ClientLimits& limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Where the client works, and where handlers run that have no executor of their own.
  const asio::any_io_executor& get_executor() const { return executor_; }

  /// Submits the bytes of an operation (messages/operation.h), 1 to operation_bytes_max of them, and completes with
  /// its Outcome, never before it returns. Any completion token; signature void(Outcome). The handler runs on its
  /// associated executor, which counts the operation as work until then.
  template <typename CompletionToken>
  auto async_execute(Bytes operation, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(Outcome)>(
        [this](auto handler, Bytes&& bytes) {
          auto executor = asio::prefer(asio::get_associated_executor(handler, executor_),
                                       asio::execution::outstanding_work.tracked);
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          submit(std::move(bytes), [executor, shared](Outcome outcome) {
            asio::dispatch(executor,
                           [shared, outcome = std::move(outcome)]() mutable { (*shared)(std::move(outcome)); });
          });
        },
        token, std::move(operation));
  }

  /// Operations without an outcome.
  std::size_t unanswered() const;
  /// Replicas with a connection now.
  std::uint32_t connected() const;
  /// Where f+1 replicas, or one loyal one at least, believe the cluster to be.
  View view() const;
  /// Frames and messages that were refused, by reason: they do not decode, a signature is not good, or the core has no
  /// use for them. Surplus answers, which are dropped before anything is verified, do not count.
  std::array<std::uint64_t, reject_count> rejected() const;
  /// Ends all connections; operations under way complete with `closed`.
  void close();

 private:
  class Shell;
  void submit(Bytes operation, std::function<void(Outcome)> done);

  asio::any_io_executor executor_;
  std::shared_ptr<Shell> shell_;
};

}  // namespace quorate
