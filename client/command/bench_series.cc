#include "client/command/bench_series.h"

#include <algorithm>

namespace quorate::command {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

double p99_ms(std::vector<std::uint32_t>& latencies_us) {
  if (latencies_us.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>((latencies_us.size() * 99 + 99) / 100 - 1);
  std::nth_element(latencies_us.begin(), latencies_us.begin() + rank, latencies_us.end());
  return latencies_us[static_cast<std::size_t>(rank)] / 1000.0;
}

}  // namespace

void BenchSeries::measure(Time from, Time end, milliseconds window) {
  if (window.count() == 0) return;
  from_ = from;
  length_ = window;
  const auto until_from = duration_cast<milliseconds>(from - std::chrono::steady_clock::now());
  const auto wall = std::chrono::system_clock::now().time_since_epoch() + until_from;
  begun_ms_ = static_cast<std::uint64_t>(duration_cast<milliseconds>(wall).count());
  windows_.resize(static_cast<std::size_t>((end - from) / window));
}

BenchSeries::Window* BenchSeries::window_of(Time time) {
  if (windows_.empty() || time < from_) return nullptr;
  const auto index = static_cast<std::size_t>((time - from_) / length_);
  return index < windows_.size() ? &windows_[index] : nullptr;
}

void BenchSeries::acknowledged(Time intended, Time now) {
  if (Window* window = window_of(now)) ++window->operations;
  if (Window* window = window_of(intended)) {
    window->latencies_us.push_back(
        static_cast<std::uint32_t>(duration_cast<std::chrono::microseconds>(now - intended).count()));
  }
}

BenchWindows BenchSeries::windows() const {
  BenchWindows all{begun_ms_, static_cast<std::uint64_t>(length_.count()), {}};
  for (const Window& window : windows_) {
    std::vector<std::uint32_t> latencies_us = window.latencies_us;
    const double max_ms =
        latencies_us.empty() ? 0 : *std::max_element(latencies_us.begin(), latencies_us.end()) / 1000.0;
    all.windows.push_back({window.operations, p99_ms(latencies_us), max_ms});
  }
  return all;
}

}  // namespace quorate::command
