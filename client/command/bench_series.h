// What bench counts by windows of time: so that a stall, a checkpoint or a crash can be seen in the load.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "client/command/json.h"

namespace quorate::command {

class BenchSeries {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Windows of this length from `from` to `end`. None before that.
  void measure(Time from, Time end, std::chrono::milliseconds window);
  /// One operation's end: it counts in the window in which it was acknowledged, its latency in the one in which it
  /// began or should have begun.
  void acknowledged(Time intended, Time now);
  BenchWindows windows() const;

 private:
  struct Window {
    std::uint64_t operations = 0;
    std::vector<std::uint32_t> latencies_us;
  };

  Window* window_of(Time time);

  Time from_;
  std::uint64_t begun_ms_ = 0;
  std::chrono::milliseconds length_{0};
  std::vector<Window> windows_;
};

}  // namespace quorate::command
