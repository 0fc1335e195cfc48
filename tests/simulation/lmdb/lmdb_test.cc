// Runs over real stores: they hold what was forced to them, decide nothing else, and it shows when forces are no
// forces.
#include <doctest/doctest.h>

#include "tests/simulation/lmdb/lmdb_stores.h"
#include "tests/simulation/runs.h"

namespace quorate::simulation {
namespace {

/// Crashes far more often than a seed has them, and mostly with a write under way. Every second seed has seven loyal
/// replicas whose disks get lost, and older copies of them come back.
Plan plan_with_crashes(std::uint64_t seed) {
  Plan plan = Plan::draw(seed);
  plan.crash_every = 1'000;
  plan.force_us = 1'000;
  plan.state_commit_us = 20'000;
  plan.real_signatures = false;
  if (seed % 2 == 0) {
    plan.post(7, {});
    plan.state_losses = 0;
    plan.disk_losses = 2;
    plan.disk_rollbacks = 2;
  }
  return plan;
}

Totals run_seeds(std::uint64_t first, std::uint64_t last) {
  Totals totals;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const Plan plan = plan_with_crashes(seed);
    const RunResult result = run_plan(plan, nullptr, [](Cluster& cluster) { stand_on_lmdb(cluster); });
    CAPTURE(seed);
    REQUIRE_MESSAGE(!result.broken, result.broken.value_or(""));
    CHECK(result.trace_hash == run_plan(plan).trace_hash);
    totals += result.totals;
  }
  return totals;
}

}  // namespace

TEST_CASE("stores on files that lose what was not forced hold what the model holds, after every crash") {
  const Totals totals = run_seeds(1, QUORATE_LMDB_SEEDS);
  CHECK(totals.crashes > QUORATE_LMDB_SEEDS);
  CHECK(totals.transfers != 0);
  CHECK(totals.lost_disks != 0);
  CHECK(totals.rolled_back != 0);
}

TEST_CASE("control: forces that count for nothing are found out") {
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RunResult result = run_plan(plan_with_crashes(seed), nullptr,
                                      [](Cluster& cluster) { stand_on_lmdb(cluster, Forces::count_for_nothing); });
    if (result.broken && invariant_of(*result.broken) == "stores read back what was forced") ++found;
  }
  CHECK(found == 3);
}

}  // namespace quorate::simulation
