// A line of progress on a terminal's standard error, redrawn a few times each second; silent elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace quorate::command {

class Progress {
 public:
  /// `total` in the unit of `done`; 0: not known, and no share and no time left are shown.
  Progress(std::string what, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `count` things done, which make up `done` of the total.
  void show(std::uint64_t count, std::uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  std::uint64_t total_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point next_ = begun_;
};

}  // namespace quorate::command
