// Judges recorded histories one after another and counts them. One that is not right is kept as a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "tests/linearizability/history.h"

namespace quorate::cluster_tests {

class Verdicts {
 public:
  /// `kept`: the directory for histories that are not right.
  explicit Verdicts(std::filesystem::path kept) : kept_(std::move(kept)) {}

  /// Nothing if the history is linearizable. Otherwise what is wrong, and the file that holds it.
  std::optional<std::string> judge(const linearizability::History& history);

  std::uint64_t histories() const { return histories_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t unanswered() const { return unanswered_; }
  /// Of a history, in calls.
  std::uint64_t smallest() const { return smallest_; }
  std::uint64_t largest() const { return largest_; }
  /// States that the longest search for an order went through.
  std::uint64_t most_tried() const { return most_tried_; }

 private:
  std::string keep(const linearizability::History& history) const;

  std::filesystem::path kept_;
  std::uint64_t histories_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t unanswered_ = 0;
  std::uint64_t smallest_ = 0;
  std::uint64_t largest_ = 0;
  std::uint64_t most_tried_ = 0;
};

}  // namespace quorate::cluster_tests
