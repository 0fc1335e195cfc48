// How often a line may be logged that somebody else can cause: a few at once, then one each ten seconds.
//
// One limit for each kind of line, so that a flood of one kind hides no other. What is left out is counted.
#pragma once

#include <cstdint>
#include <optional>

#include "messages/types.h"

namespace quorate {

class LogLimit {
 public:
  static constexpr std::uint32_t at_once = 10;
  static constexpr std::uint64_t interval_us = 10'000'000;  // for one more line

  /// Whether a line may be logged now: then the number of those left out since the last one.
  std::optional<std::uint64_t> take(SteadyTime now);

 private:
  std::uint32_t allowed_ = at_once;
  SteadyTime refilled_;  // when allowed_ last rose, or was full
  std::uint64_t left_out_ = 0;
};

}  // namespace quorate
