#include "replica/reject_log.h"

#include <spdlog/spdlog.h>

namespace quorate {
namespace {

constexpr std::uint64_t line_interval_us = 1'000'000;

}  // namespace

void RejectLog::note(const Peer& from, Reject reason, SteadyTime now) {
  const std::uint64_t total = ++counts_[static_cast<std::size_t>(reason)];
  ++unreported_;
  if (last_line_.value != 0 && now.value < last_line_.value + line_interval_us) return;
  spdlog::warn("{} messages rejected since the last such line; the newest from {}: {} ({} of these in all)",
               unreported_, to_string(from), to_string(reason), total);
  unreported_ = 0;
  last_line_ = now;
}

}  // namespace quorate
