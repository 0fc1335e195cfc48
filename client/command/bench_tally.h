// What bench counts. Latencies are of all operations that began in the measured window, whenever they ended: a slow one
// must not drop out because the window closes first. The rate is of those acknowledged within it. Every error counts. A
// gap is a time without any acknowledgement that begins in the window; it may end later.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "client/command/json.h"

namespace quorate::command {

class BenchTally {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The window is [from, end); until it is set there is none.
  void measure(Time from, Time end);
  /// One operation's end: `intended` is when it began or should have begun.
  void acknowledged(Time intended, Time now);
  void failed() { ++errors_; }
  std::uint64_t errors() const { return errors_; }
  BenchReport report(const BenchOptions& options) const;

 private:
  bool within(Time time) const { return time >= from_ && time < end_; }

  Time from_;
  Time end_;
  Time last_acknowledged_;  // or the window's begin
  Time::duration longest_gap_{};
  std::uint64_t acknowledged_ = 0;
  std::uint64_t errors_ = 0;
  std::vector<std::uint32_t> latencies_us_;
};

}  // namespace quorate::command
