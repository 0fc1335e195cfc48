// How long a client waits for an answer before it turns to all replicas: four deviations above what answers take (RFC
// 6298, section 2). A primary that stops is told on soon where answers are quick; one that answers late gains nothing,
// as there is an upper bound.
#pragma once

#include <cstdint>

namespace quorate {

class Patience {
 public:
  /// Of any length between the bounds, and the upper one until an answer was seen.
  Patience(std::uint64_t min_us, std::uint64_t max_us) : min_us_(min_us), max_us_(max_us) {}

  /// The answer to a bundle took so long from when it was sent first.
  void answered_after(std::uint64_t took_us);
  std::uint64_t us() const;

 private:
  std::uint64_t min_us_;
  std::uint64_t max_us_;
  bool measured_ = false;
  double smoothed_us_ = 0;
  double deviation_us_ = 0;
};

}  // namespace quorate
