// Crashes at every point at which a run of a seed writes to a disk, and again while what crashed recovers.
//
// A run of a small plan is counted first. Then it runs anew for each write of each loyal replica: that replica ends
// before the write arrived and after, alone and together with all others. Of each of these, a second crash comes at
// one of the first writes of the recovery. Every run must keep all invariants and end answered and equal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/power_cuts.h"

namespace quorate::simulation {

struct CrashPointTotals {
  std::uint64_t seeds = 0;
  std::array<std::uint64_t, disk_writes> points{};  // by kind
  std::uint64_t runs = 0;
  std::uint64_t crashes = 0;      // at a point
  std::uint64_t in_recovery = 0;  // of these, second ones
  std::optional<std::string> broken;
};

/// Seeds first … last; of the writes each `every`-th, beginning with the first. Ends at the first that breaks.
CrashPointTotals try_crash_points(std::uint64_t first, std::uint64_t last, std::uint64_t every, unsigned jobs);

}  // namespace quorate::simulation
