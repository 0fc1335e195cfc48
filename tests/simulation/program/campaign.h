// Many plans on several threads: totals of all, and the first seed that breaks an invariant.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "tests/simulation/runs.h"

namespace quorate::simulation {

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

/// "A..B" or "A"; nothing when it is neither, or A > B.
std::optional<SeedRange> parse_range(const std::string& text);

class Campaign {
 public:
  using MakePlan = std::function<Plan(std::uint64_t seed)>;

  Campaign(SeedRange range, MakePlan make_plan, Preparation prepare, bool progress)
      : next_(range.first),
        range_(range),
        make_plan_(std::move(make_plan)),
        prepare_(std::move(prepare)),
        progress_(progress) {}

  /// After the first seed that breaks, no new ones begin.
  void run_on(unsigned jobs);

  Totals totals;
  std::uint64_t seeds = 0;
  std::uint64_t seeds_with_views = 0;  // at least one view change
  std::uint64_t seeds_with_traitors = 0;
  std::uint64_t seeds_with_signatures = 0;  // real ones
  std::uint64_t trace_hash = 0;             // of all seeds, in whatever order they ended
  double cpu_seconds = 0;                   // of the seeds with the simulator's signatures, as are these:
  std::uint64_t timed_events = 0;
  std::uint64_t timed_batches = 0;
  std::optional<std::uint64_t> broken_seed;
  RunResult broken;

 private:
  void work();
  void add(std::uint64_t seed, const Plan& plan, const RunResult& result, double seconds);

  std::atomic<std::uint64_t> next_;
  std::atomic<bool> stop_ = false;
  const SeedRange range_;
  const MakePlan make_plan_;
  const Preparation prepare_;
  const bool progress_;
  std::mutex mutex_;
};

/// The seed that this thread runs, for the last words of an abort.
std::uint64_t running_seed();
void note_running_seed(std::uint64_t seed);

}  // namespace quorate::simulation
