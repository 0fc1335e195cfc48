#include "client/key_value.h"

#include <utility>

namespace quorate {

Answer answer_of(const Outcome& outcome) {
  Answer answer;
  answer.error = outcome.error;
  if (outcome.error != ClientError::none) return answer;
  answer.status = outcome.leaf.status;
  if (auto result = decode_result(outcome.leaf.result)) {
    answer.result = std::move(*result);
  } else {
    answer.error = ClientError::outcome_unknown;
  }
  return answer;
}

std::string describe(ClientError error) {
  switch (error) {
    case ClientError::none:
      return "executed";
    case ClientError::unreachable:
      return "too few replicas answered in time; the operation was not sent and never runs. See 'quorate cluster "
             "status'";
    case ClientError::outcome_unknown:
      return "the cluster did not answer in time; the operation may or may not have run, read before you repeat it";
    case ClientError::closed:
      return "the client was closed before the cluster answered";
  }
  return "unknown error";
}

}  // namespace quorate
