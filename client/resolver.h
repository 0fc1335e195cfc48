// Finds out how operations ended that left and were not answered in time.
//
// At the t of such an operation it submits another one that does nothing. Whichever of the two is ordered first is the
// one that stands there for ever: f+1 replicas prove which, and with that the question has one answer. Operations are
// asked for in the first place whenever a client begins to live, before its window moves on and the answer is lost.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "client/client_core.h"
#include "client/client_memory.h"

namespace quorate {

class Resolver {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Nothing when the deadline passed first.
  using Done = std::function<void(std::optional<Ending>)>;

  /// Both must outlive the resolver. `memory` may be null.
  Resolver(ClientCore& core, ClientMemory* memory) : core_(core), memory_(memory) {}

  /// Asks for everything that the memory calls unresolved.
  void begin();
  /// Tells how an operation ended, as soon as that is known; never before it returns.
  void ask(const SignedAs& operation, Time deadline, Done done);
  /// An operation of ours left, and nobody waits for it any more.
  void abandoned(OperationId id, const SignedAs& operation) { watched_.emplace(id, operation); }
  /// Takes what was answered. Errors: the memory cannot be written.
  Result<void> take(const Completion& completion);
  /// Gives up on what is due, and tells the next deadline (the largest value: none).
  Time expire(Time now);
  /// Calls what is to be called. May destroy nothing that the resolver works with.
  std::vector<std::function<void()>> take_calls() { return std::exchange(calls_, {}); }

 private:
  struct Question {
    SignedAs operation;
    Time deadline;
    Done done;
  };

  void answer(const SignedAs& operation, Ending ending);

  ClientCore& core_;
  ClientMemory* memory_;
  std::map<OperationId, SignedAs> watched_;  // ours, or abandoned
  std::map<OperationId, SignedAs> probes_;   // what does nothing, at the t of the operation in question
  std::vector<Question> questions_;
  std::vector<std::function<void()>> calls_;
};

}  // namespace quorate
