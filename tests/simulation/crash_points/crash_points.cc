#include "tests/simulation/crash_points/crash_points.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/simulation/cluster.h"

namespace quorate::simulation {
namespace {

/// A second crash comes at one of so many writes after the first.
constexpr std::uint64_t recovery_writes = 8;

/// Short, so that all of its points can be tried, and with every fault that the seed has. Every second seed has a state
/// that is lost, and few retained batches, instead of traitors: it is fetched from the others.
Plan small_plan(std::uint64_t seed) {
  Plan plan = Plan::draw(seed);
  const bool loses_state = seed % 2 == 0;
  const bool keeps_traitors = plan.replicas == 4 && !loses_state;
  plan.post(4, keeps_traitors ? plan.postings : std::vector<traitors::Posting>());
  plan.real_signatures = false;
  plan.operations = 40;
  plan.chaos_us = std::min<std::uint64_t>(plan.chaos_us, 400'000);
  if (!loses_state) return plan;
  plan.checkpoint_interval = 2;
  plan.log_window = 4;
  plan.state_losses = 1;
  plan.retained_batches = 1;
  plan.crash_every = 500;
  plan.chaos_us = 400'000;
  return plan;
}

struct Case {
  std::uint64_t seed = 0;
  std::vector<PowerCut> cuts;
};

std::string text_of(const Case& tried) {
  std::string text = small_plan(tried.seed).describe();
  for (const PowerCut& cut : tried.cuts) {
    text += "\n  " + std::string(cut.all ? "all end" : "it ends") + (cut.arrived ? " after" : " before") + " write " +
            std::to_string(cut.number) + " of replica " + std::to_string(cut.replica.value);
  }
  return text;
}

/// Each way of the first crash alone, and with a second one behind it.
std::vector<Case> cases_at(std::uint64_t seed, ReplicaId replica, std::uint64_t number) {
  std::vector<Case> cases;
  for (const bool all : {false, true}) {
    for (const bool arrived : {false, true}) {
      const PowerCut first{replica, number, arrived, all};
      cases.push_back({seed, {first}});
      const std::uint64_t way = 2 * number + (arrived ? 1 : 0);
      cases.push_back({seed, {first, {replica, 1 + way % recovery_writes, number % 2 == 0, !all}}});
    }
  }
  return cases;
}

class Trial {
 public:
  explicit Trial(CrashPointTotals& totals) : totals_(totals) {}

  std::vector<Case> count(std::uint64_t seed, std::uint64_t every) {
    Cluster cluster(small_plan(seed));
    attempt({seed, {}}, cluster);
    std::vector<Case> cases;
    for (const auto& [replica, counts] : cluster.world().power_cuts.counts()) {
      if (!cluster.host(replica.value).loyal()) continue;
      std::uint64_t writes = 0;
      for (std::size_t kind = 0; kind < disk_writes; ++kind) {
        totals_.points[kind] += counts[kind];
        writes += counts[kind];
      }
      for (std::uint64_t number = 1; number <= writes; number += every) {
        const auto here = cases_at(seed, replica, number);
        cases.insert(cases.end(), here.begin(), here.end());
      }
    }
    ++totals_.seeds;
    return cases;
  }

  void run(const std::vector<Case>& cases, unsigned jobs) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < jobs; ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t at = i; at < cases.size() && !broken(); at += jobs) {
          Cluster cluster(small_plan(cases[at].seed));
          attempt(cases[at], cluster);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  bool broken() {
    const std::lock_guard guard(mutex_);
    return totals_.broken.has_value();
  }

  void attempt(const Case& tried, Cluster& cluster) {
    cluster.world().power_cuts.plan(tried.cuts);
    std::optional<std::string> wrong;
    try {
      cluster.run();
    } catch (const Broken& broken) {
      wrong = broken.what();
    }
    const std::size_t done = cluster.world().power_cuts.done();
    // Until the first cut the run is the one that was counted.
    if (!wrong && done == 0 && !tried.cuts.empty()) wrong = "the point was not reached";
    const std::lock_guard guard(mutex_);
    ++totals_.runs;
    totals_.crashes += done;
    if (done > 1) ++totals_.in_recovery;
    if (wrong && !totals_.broken) totals_.broken = *wrong + "\n" + text_of(tried);
  }

  CrashPointTotals& totals_;
  std::mutex mutex_;
};

}  // namespace

CrashPointTotals try_crash_points(std::uint64_t first, std::uint64_t last, std::uint64_t every, unsigned jobs) {
  CrashPointTotals totals;
  Trial trial(totals);
  for (std::uint64_t seed = first; seed <= last && !totals.broken; ++seed) trial.run(trial.count(seed, every), jobs);
  return totals;
}

}  // namespace quorate::simulation
