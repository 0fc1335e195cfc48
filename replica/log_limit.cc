#include "replica/log_limit.h"

#include <algorithm>
#include <utility>

namespace quorate {

std::optional<std::uint64_t> LogLimit::take(SteadyTime now) {
  const std::uint64_t more = now > refilled_ ? (now.value - refilled_.value) / interval_us : 0;
  allowed_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(at_once, allowed_ + more));
  refilled_ = allowed_ == at_once ? now : refilled_ + more * interval_us;
  if (allowed_ == 0) {
    ++left_out_;
    return std::nullopt;
  }
  --allowed_;
  return std::exchange(left_out_, 0);
}

}  // namespace quorate
