// In which window bench counts what.
#include "client/command/bench_series.h"

#include <doctest/doctest.h>

namespace quorate::command {

using namespace std::chrono_literals;

TEST_CASE("an operation counts where it was acknowledged, its latency where it began") {
  const BenchSeries::Time from{100s};
  BenchSeries series;
  series.measure(from, from + 3s, 1s);
  series.acknowledged(from - 1ms, from + 10ms);  // begun in the warm-up
  series.acknowledged(from + 900ms, from + 2900ms);
  series.acknowledged(from + 1s, from + 1002ms);
  series.acknowledged(from + 2999ms, from + 3s);  // acknowledged after the last window
  const BenchWindows all = series.windows();
  CHECK(all.length_ms == 1000);
  REQUIRE(all.windows.size() == 3);
  CHECK(all.windows[0].operations == 1);
  CHECK(all.windows[0].max_ms == doctest::Approx(2000));
  CHECK(all.windows[1].operations == 1);
  CHECK(all.windows[1].max_ms == doctest::Approx(2));
  CHECK(all.windows[2].operations == 1);
  CHECK(all.windows[2].max_ms == doctest::Approx(1));
}

TEST_CASE("a window's p99 leaves out the slowest hundredth") {
  const BenchSeries::Time from{100s};
  BenchSeries series;
  series.measure(from, from + 1s, 1s);
  for (int i = 1; i <= 100; ++i) series.acknowledged(from, from + std::chrono::milliseconds(i));
  const BenchWindows all = series.windows();
  CHECK(all.windows[0].p99_ms == doctest::Approx(99));
  CHECK(all.windows[0].max_ms == doctest::Approx(100));
}

TEST_CASE("without windows nothing is kept") {
  BenchSeries series;
  const BenchSeries::Time from{100s};
  series.measure(from, from + 3s, 0ms);
  series.acknowledged(from, from + 1s);
  CHECK(series.windows().windows.empty());
}

}  // namespace quorate::command
