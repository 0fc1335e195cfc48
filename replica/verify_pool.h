// Signatures checked on several threads: the messages of one turn are shared out, and the caller checks along.
//
// Each thread has a Verifier of its own. The caller waits for all, so the order of messages, and with it everything
// that the core sees, does not depend on the threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "messages/verify.h"

namespace quorate {

class VerifyPool {
 public:
  using Verdict = tl::expected<Verified<Message>, Reject>;

  /// The scheme must outlive this object. No helpers: everything is checked by the caller.
  VerifyPool(const Genesis& genesis, const SignatureScheme& scheme, std::size_t helpers);
  ~VerifyPool();
  VerifyPool(const VerifyPool&) = delete;
  VerifyPool& operator=(const VerifyPool&) = delete;

  std::size_t helpers() const { return threads_.size(); }
  /// A verdict for each message, in their order. Called by one thread at a time.
  std::vector<Verdict> verify(std::vector<Message> messages);

  /// Threads beside the main one that this machine has to spare: a quarter of its cores, as the log, the state and
  /// other programs want some too.
  static std::size_t helpers_for_this_machine() { return std::thread::hardware_concurrency() / 4; }

 private:
  void help(Verifier& verifier);
  void check_along(Verifier& verifier);

  Verifier own_;
  std::vector<Message> messages_;
  std::vector<std::optional<Verdict>> verdicts_;
  std::atomic<std::size_t> next_ = 0;  // the first message that nobody has taken

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable done_;
  std::uint64_t turn_ = 0;   // guarded by mutex_, as are all below
  std::size_t helping_ = 0;  // helpers that have not finished this turn
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace quorate
