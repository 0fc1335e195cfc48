#include "client/client_core_patience.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace quorate {

void Patience::answered_after(std::uint64_t took_us) {
  const auto took = static_cast<double>(std::min(took_us, max_us_));
  if (!std::exchange(measured_, true)) {
    smoothed_us_ = took;
    deviation_us_ = took / 2;
    return;
  }
  deviation_us_ += (std::abs(smoothed_us_ - took) - deviation_us_) / 4;
  smoothed_us_ += (took - smoothed_us_) / 8;
}

std::uint64_t Patience::us() const {
  if (!measured_) return max_us_;
  const auto us = static_cast<std::uint64_t>(smoothed_us_ + 4 * deviation_us_);
  return std::min(std::max(us, min_us_), max_us_);
}

}  // namespace quorate
