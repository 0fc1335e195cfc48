// A plan that breaks an invariant, made small: faults go, one by one, as long as the same invariant breaks.
//
// Each altered plan is another schedule, and a bug that needs luck may miss it; so each is tried with a few values of
// `seed` too. What is left is a scenario of its own, not a seed.
#pragma once

#include <functional>

#include "tests/simulation/runs.h"

namespace quorate::simulation {

struct Shrunk {
  Plan plan;
  RunResult result;        // of that plan; breaks the same invariant
  std::uint64_t runs = 0;  // that it took
};

using RunPlan = std::function<RunResult(const Plan&)>;

/// `result` is what `plan` came to, broken. Spends at most `runs_max` runs; the result is never worse than the input.
Shrunk shrink(const Plan& plan, const RunResult& result, const RunPlan& run, std::uint64_t runs_max);

}  // namespace quorate::simulation
