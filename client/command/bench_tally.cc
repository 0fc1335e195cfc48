#include "client/command/bench_tally.h"

#include <algorithm>
#include <numeric>

namespace quorate::command {

void BenchTally::measure(Time from, Time end) {
  from_ = from;
  end_ = end;
  last_acknowledged_ = from;
}

void BenchTally::acknowledged(Time intended, Time now) {
  if (within(now)) ++acknowledged_;
  if (now > from_ && last_acknowledged_ < end_) {
    longest_gap_ = std::max(longest_gap_, now - last_acknowledged_);
    last_acknowledged_ = now;
  }
  if (!within(intended)) return;
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - intended);
  latencies_us_.push_back(static_cast<std::uint32_t>(latency.count()));
}

BenchReport BenchTally::report(const BenchOptions& options) const {
  BenchReport report;
  report.options = options;
  report.operations = acknowledged_;
  report.errors = errors_;
  report.seconds = options.seconds;
  report.longest_gap_ms = std::chrono::duration<double, std::milli>(longest_gap_).count();
  if (latencies_us_.empty()) return report;
  std::vector<std::uint32_t> sorted = latencies_us_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](std::size_t permille) {
    const std::size_t rank = (sorted.size() * permille + 999) / 1000;
    return sorted[std::max<std::size_t>(rank, 1) - 1] / 1000.0;
  };
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  report.mean_ms = sum / static_cast<double>(sorted.size()) / 1000.0;
  report.p50_ms = at(500);
  report.p90_ms = at(900);
  report.p99_ms = at(990);
  report.p999_ms = at(999);
  report.max_ms = sorted.back() / 1000.0;
  return report;
}

}  // namespace quorate::command
