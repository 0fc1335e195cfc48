// What clients asked and were answered, and when: all that a linearizability checker may know.
//
// Times are of one clock. A call without an answer may have been executed at any time after it was made, or never.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "messages/messages.h"
#include "messages/operation.h"

namespace quorate::linearizability {

struct Answer {
  std::uint64_t at_us = 0;
  OperationStatus status = OperationStatus::done;
  Bytes result;  // messages/operation_result.h
};

struct Call {
  std::uint32_t client = 0;
  std::uint64_t id = 0;  // the client's name for it, for messages only
  Bytes operation;       // messages/operation.h
  std::uint64_t at_us = 0;
  std::optional<Answer> answer;
  /// Where the server says that it ran. Tells the checker where to look first, and proves nothing.
  std::optional<Version> hint;
};

class History {
 public:
  /// `key` names the call; the second call of one name is the same call, repeated.
  void call(const Digest& key, Call call);
  /// Only the first answer counts. Requires a call of this name.
  void answer(const Digest& key, Answer answer);
  /// Does nothing if there is no call of this name.
  void hint(const Digest& key, Version place);
  const std::vector<Call>& calls() const { return calls_; }

 private:
  std::map<Digest, std::size_t> names_;
  std::vector<Call> calls_;
};

}  // namespace quorate::linearizability
