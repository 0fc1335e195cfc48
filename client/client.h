// The client library: ClientCore (client_core.h) with sockets, a timer and a deadline for each operation.
//
// A Client speaks for one client key, which nobody else may use at the same time (client_key.h). All calls and all of
// its work happen on the one thread that runs the executor. It dials every replica, keeps dialling those that are down,
// and works as soon as q of them answer. For programs that want to wait for each call: blocking_client.h.
#pragma once

#include <array>
#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/prefer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/client_core.h"
#include "client/client_key.h"
#include "client/handle.h"
#include "messages/cluster_file.h"

namespace quorate {

/// How an operation ended for its caller.
enum class ClientError : std::uint8_t {
  none,             // executed: the leaf is proven by f+1 replicas
  unreachable,      // it did not leave before its deadline, as too few replicas answered; it never runs
  outcome_unknown,  // it left and was not answered in time; its handle tells later how it ended
  closed,           // the client was closed first; without a handle it did not leave and never runs
  canceled,         // taken back before it left; it never runs
  overloaded,       // too much waits already; it did not leave and never runs
  timestamp_taken,  // another operation stands at the given t; this one never ran there and never will
  too_old,          // its t left the window before it was answered: it may have run, and never runs from now on
  memory_failed,    // the client's memory cannot be written (Client::failure); nothing leaves
};

struct Outcome {
  ClientError error = ClientError::none;
  Leaf leaf;  // meaningful without error
  /// Of an operation that left without an answer: what async_outcome takes.
  std::optional<OperationHandle> handle;
};

/// What became of an operation with a handle.
struct Resolution {
  /// Or outcome_unknown: not known by the deadline either, ask again; timestamp_taken: a handle of another client or
  /// cluster; closed.
  ClientError error = ClientError::none;
  Ending ending = Ending::lost;
};

/// Timestamps first … first + count − 1, for async_execute_at.
struct Allotment {
  ClientError error = ClientError::none;
  Timestamp first;
};

struct ClientLimits {
  std::chrono::milliseconds deadline{30'000};  // of each call
  std::size_t unanswered_max = 65'536;         // operations; more are refused as overloaded
  std::size_t unanswered_bytes_max = 64 * 1024 * 1024;
  ClientOptions core;
};

class Client {
 public:
  /// Content is copied; the key's lock is held as long as the client works. Begins to dial at once.
  Client(const asio::any_io_executor& executor, const ClusterFile& cluster, const ClientKey& key,
         const ClientLimits& limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Where the client works, and where handlers run that have no executor of their own.
  const asio::any_io_executor& get_executor() const { return executor_; }

  /// Submits the bytes of an operation (messages/operation.h), 1 to operation_bytes_max of them, and completes with
  /// its Outcome, never before it returns. Any completion token; signature void(Outcome). The handler runs on its
  /// associated executor, which counts the operation as work until then. Cancellation takes back what has not left;
  /// what has ends at once with outcome_unknown and its handle.
  template <typename CompletionToken>
  auto async_execute(Bytes operation, CompletionToken&& token) {
    return async_execute_at(Timestamp(), std::move(operation), std::forward<CompletionToken>(token));
  }

  /// Takes `count` timestamps that nobody used before, durably. An application that must know over its own crashes what
  /// ran writes down which operation gets which t, and submits it under that t in each of its lives, before anything
  /// newer, until it has the outcome: it is executed once. At most W (Genesis::client_window) of them may be open at a
  /// time. Signature void(Allotment).
  template <typename CompletionToken>
  auto async_allot(std::uint64_t count, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(Allotment)>(
        [this](auto handler, std::uint64_t wanted) { allot(wanted, completing<Allotment>(std::move(handler))); }, token,
        count);
  }

  /// As async_execute, under a t of async_allot; 0: the next one.
  template <typename CompletionToken>
  auto async_execute_at(Timestamp t, Bytes operation, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(Outcome)>(
        [this](auto handler, Timestamp at, Bytes&& bytes) {
          auto slot = asio::get_associated_cancellation_slot(handler);
          const auto id = submit(at, std::move(bytes), completing<Outcome>(std::move(handler)));
          if (id && slot.is_connected()) {
            slot.assign([shell = std::weak_ptr(shell_), id = *id](asio::cancellation_type) { cancel(shell, id); });
          }
        },
        token, t, std::move(operation));
  }

  /// Finds out how an operation ended that left, in this life or a former one. Its answer is final: if the operation
  /// has not run by then, it never will. Signature void(Resolution).
  template <typename CompletionToken>
  auto async_outcome(const OperationHandle& handle, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, void(Resolution)>(
        [this](auto handler, const OperationHandle& of) { resolve(of, completing<Resolution>(std::move(handler))); },
        token, handle);
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
  /// What is wrong with the client's memory; empty if nothing.
  std::string failure() const;
  /// Ends all connections; operations under way complete with `closed`.
  void close();

 private:
  class Shell;

  /// The handler as a plain function that runs it on its executor, which has work until then.
  template <typename Value, typename Handler>
  std::function<void(Value)> completing(Handler handler) {
    auto executor =
        asio::prefer(asio::get_associated_executor(handler, executor_), asio::execution::outstanding_work.tracked);
    auto shared = std::make_shared<Handler>(std::move(handler));
    return [executor, shared](Value value) {
      asio::dispatch(executor, [shared, value = std::move(value)]() mutable { (*shared)(std::move(value)); });
    };
  }

  std::optional<OperationId> submit(Timestamp t, Bytes operation, std::function<void(Outcome)> done);
  void allot(std::uint64_t count, std::function<void(Allotment)> done);
  void resolve(const OperationHandle& handle, std::function<void(Resolution)> done);
  static void cancel(const std::weak_ptr<Shell>& shell, OperationId operation);

  asio::any_io_executor executor_;
  std::shared_ptr<Shell> shell_;
};

}  // namespace quorate
