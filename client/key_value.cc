#include "client/key_value.h"

#include <utility>

namespace quorate {

Answer answer_of(const Outcome& outcome) {
  Answer answer;
  answer.error = outcome.error;
  answer.handle = outcome.handle;
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
      return "the cluster did not answer in time, so the operation may or may not have run";
    case ClientError::closed:
      return "the client was closed before the cluster answered";
    case ClientError::canceled:
      return "the operation was taken back before it was sent; it never runs";
    case ClientError::overloaded:
      return "too many operations wait for an answer; the operation was not sent. Wait for some, then repeat it";
    case ClientError::timestamp_taken:
      return "another operation was executed at this timestamp; this one never runs there";
    case ClientError::too_old:
      return "too many later operations of this client were executed before this one was answered: it may have run, "
             "and "
             "never runs from now on; read before you repeat it";
    case ClientError::memory_failed:
      return "the file in which the client remembers its timestamps cannot be written; nothing was sent";
  }
  return "unknown error";
}

std::string describe(Ending ending) {
  switch (ending) {
    case Ending::executed:
      return "executed once";
    case Ending::never:
      return "not executed, and it never will be; it is safe to repeat";
    case Ending::lost:
      return "not known for ever: too many later operations of this client were executed before anybody asked. It "
             "never "
             "runs from now on";
  }
  return "unknown ending";
}

}  // namespace quorate
