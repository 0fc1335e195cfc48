#include "replica/reject_log.h"

#include <spdlog/spdlog.h>

namespace quorate {

void RejectLog::note(const Peer& from, Reject reason, SteadyTime now) {
  const std::uint64_t total = ++counts_[static_cast<std::size_t>(reason)];
  const auto left_out = limit_.take(now);
  if (!left_out) return;
  spdlog::warn("{} messages rejected since the last such line; the newest from {}: {} ({} of these in all)",
               *left_out + 1, to_string(from), to_string(reason), total);
}

}  // namespace quorate
