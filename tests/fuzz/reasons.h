// Which reasons to refuse its input a fuzzer has met; it says so when it ends.
#pragma once

#include <array>
#include <cstdio>
#include <initializer_list>
#include <map>

#include "messages/reject.h"

namespace quorate::fuzzing {

class Reasons {
 public:
  /// `possible`: all that this fuzzer's parser has.
  Reasons(std::initializer_list<Reject> possible) {
    for (const Reject reason : possible) met_[reason] = false;
  }
  /// Each from `first` on in the list of reasons.
  explicit Reasons(Reject first) {
    for (auto i = static_cast<std::size_t>(first); i < reject_count; ++i) met_[static_cast<Reject>(i)] = false;
  }
  Reasons(const Reasons&) = delete;
  Reasons& operator=(const Reasons&) = delete;
  /// tests/run reads this line.
  ~Reasons() {
    std::size_t met = 0;
    for (const auto& [reason, is_met] : met_) met += is_met ? 1 : 0;
    std::fprintf(stderr, "reasons to refuse: %zu of %zu met", met, met_.size());
    for (const auto& [reason, is_met] : met_) {
      if (!is_met) std::fprintf(stderr, ", not %s", to_string(reason).data());
    }
    std::fprintf(stderr, "\n");
  }

  /// Others than the possible ones do not count.
  void meet(Reject reason) {
    if (const auto found = met_.find(reason); found != met_.end()) found->second = true;
  }
  /// Those that were counted.
  void meet(const std::array<std::uint64_t, reject_count>& counts) {
    for (std::size_t i = 0; i < reject_count; ++i) {
      if (counts[i] != 0) meet(static_cast<Reject>(i));
    }
  }

 private:
  std::map<Reject, bool> met_;
};

}  // namespace quorate::fuzzing
