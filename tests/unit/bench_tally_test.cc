// What bench counts at the edges of its window.
#include "client/command/bench_tally.h"

#include <doctest/doctest.h>

namespace quorate::command {

using namespace std::chrono_literals;

TEST_CASE("a slow operation counts with its whole latency, though it ends after the window") {
  const BenchTally::Time from{100s};
  BenchTally tally;
  tally.measure(from, from + 10s);
  tally.acknowledged(from + 1s, from + 1s + 2ms);
  tally.acknowledged(from + 9s, from + 13s);
  const BenchReport report = tally.report(BenchOptions());
  CHECK(report.operations == 1);
  CHECK(report.max_ms == doctest::Approx(4000));
  CHECK(report.p50_ms == doctest::Approx(2));
  CHECK(report.mean_ms == doctest::Approx(2001));
}

TEST_CASE("the warm-up has no latencies, and what it began may be acknowledged in the window") {
  const BenchTally::Time from{100s};
  BenchTally tally;
  tally.acknowledged(from - 3s, from - 2s);  // preloaded
  tally.measure(from, from + 10s);
  tally.acknowledged(from - 1s, from - 1ms);
  tally.acknowledged(from - 1ms, from);
  tally.acknowledged(from + 10s, from + 11s);
  const BenchReport report = tally.report(BenchOptions());
  CHECK(report.operations == 1);
  CHECK(report.max_ms == 0);
}

TEST_CASE("the longest gap begins in the window, with it or with an answer, and ends when it ends") {
  const BenchTally::Time from{100s};
  const auto gap_of = [&](const std::vector<std::chrono::milliseconds>& answers) {
    BenchTally tally;
    tally.acknowledged(from - 9s, from - 8s);  // preloaded
    tally.measure(from, from + 10s);
    for (const auto at : answers) tally.acknowledged(from, from + at);
    return tally.report(BenchOptions()).longest_gap_ms;
  };
  CHECK(gap_of({}) == 0);
  CHECK(gap_of({-100ms, 300ms, 400ms}) == doctest::Approx(300));
  CHECK(gap_of({100ms, 900ms, 1000ms}) == doctest::Approx(800));
  CHECK(gap_of({100ms, 200ms, 9900ms, 11000ms, 19000ms}) == doctest::Approx(9700));
  CHECK(gap_of({9990ms, 15000ms, 30000ms}) == doctest::Approx(9990));
}

TEST_CASE("every error counts") {
  BenchTally tally;
  tally.failed();
  tally.measure(BenchTally::Time{1s}, BenchTally::Time{2s});
  tally.failed();
  CHECK(tally.report(BenchOptions()).errors == 2);
}

}  // namespace quorate::command
