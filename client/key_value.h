// The key-value API: operations of messages/operation.h in, their decoded answers out.
#pragma once

#include <asio/bind_executor.hpp>
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
};

/// Decodes what f+1 replicas signed. A result that does not decode counts as an unknown outcome: more than f replicas
/// lie, or they run another version.
Answer answer_of(const Outcome& outcome);

/// What an error means, in words, and what to do.
std::string describe(ClientError error);

/// Submits an operation within the limits (encode_operation makes its bytes) and completes with its Answer. As
/// Client::async_execute; signature void(Answer).
template <typename CompletionToken>
auto async_execute(Client& client, Bytes operation, CompletionToken&& token) {
  return asio::async_initiate<CompletionToken, void(Answer)>(
      [&client](auto handler, Bytes&& bytes) {
        const auto executor = asio::get_associated_executor(handler, client.get_executor());
        client.async_execute(
            std::move(bytes),
            asio::bind_executor(executor, [handler = std::move(handler)](const Outcome& outcome) mutable {
              std::move(handler)(answer_of(outcome));
            }));
      },
      token, std::move(operation));
}

}  // namespace quorate
