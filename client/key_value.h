// The key-value API: operations of messages/operation.h in, their decoded answers out.
#pragma once

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <optional>
#include <string>
#include <utility>

#include "client/client.h"
#include "messages/operation.h"
#include "messages/operation_result.h"

namespace quorate {

/// How an operation ended, with its decoded result when it was executed.
struct Answer {
  ClientError error = ClientError::none;
  OperationStatus status = OperationStatus::done;
  OperationResult result;
  std::optional<OperationHandle> handle;  // as Outcome's
};

/// Decodes what f+1 replicas signed. A result that does not decode counts as an unknown outcome: more than f replicas
/// lie, or they run another version.
Answer answer_of(const Outcome& outcome);

/// What an error means, in words, and what to do.
std::string describe(ClientError error);
/// What an ending means, in words.
std::string describe(Ending ending);

/// Submits an operation within the limits (encode_operation makes its bytes) under a t of Client::async_allot (0: the
/// next one) and completes with its Answer. As Client::async_execute_at; signature void(Answer).
template <typename CompletionToken>
auto async_execute_at(Client& client, Timestamp t, Bytes operation, CompletionToken&& token) {
  return asio::async_initiate<CompletionToken, void(Answer)>(
      [&client](auto handler, Timestamp at, Bytes&& bytes) {
        const auto executor = asio::get_associated_executor(handler, client.get_executor());
        const auto slot = asio::get_associated_cancellation_slot(handler);
        auto decoding = [handler = std::move(handler)](const Outcome& outcome) mutable {
          std::move(handler)(answer_of(outcome));
        };
        client.async_execute_at(at, std::move(bytes),
                                asio::bind_executor(executor, asio::bind_cancellation_slot(slot, std::move(decoding))));
      },
      token, t, std::move(operation));
}

/// As Client::async_execute; signature void(Answer).
template <typename CompletionToken>
auto async_execute(Client& client, Bytes operation, CompletionToken&& token) {
  return async_execute_at(client, Timestamp(), std::move(operation), std::forward<CompletionToken>(token));
}

}  // namespace quorate
