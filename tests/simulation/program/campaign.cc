#include "tests/simulation/program/campaign.h"

#include <ctime>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

namespace quorate::simulation {
namespace {

thread_local std::uint64_t the_running_seed = 0;

/// CPU time of this thread.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

std::uint64_t running_seed() { return the_running_seed; }
void note_running_seed(std::uint64_t seed) { the_running_seed = seed; }

std::optional<SeedRange> parse_range(const std::string& text) {
  SeedRange range;
  char dot = 0;
  char dot_again = 0;
  std::istringstream in(text);
  if (!(in >> range.first)) return std::nullopt;
  range.last = range.first;
  if (in.eof()) return range;
  if (!(in >> dot >> dot_again >> range.last) || dot != '.' || dot_again != '.' || !in.eof()) return std::nullopt;
  return range.last < range.first ? std::nullopt : std::optional(range);
}

void Campaign::run_on(unsigned jobs) {
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
  work();
  for (std::thread& thread : threads) thread.join();
  if (progress_) std::cerr << '\r' << std::string(60, ' ') << '\r';
}

void Campaign::work() {
  for (std::uint64_t seed = next_++; seed <= range_.last && !stop_; seed = next_++) {
    note_running_seed(seed);
    const Plan plan = make_plan_(seed);
    const double start = thread_seconds();
    const RunResult result = run_plan(plan, nullptr, prepare_);
    add(seed, plan, result, thread_seconds() - start);
  }
}

void Campaign::add(std::uint64_t seed, const Plan& plan, const RunResult& result, double seconds) {
  const std::lock_guard guard(mutex_);
  totals += result.totals;
  trace_hash += result.trace_hash * (2 * seed + 1);
  ++seeds;
  if (result.totals.views != 0) ++seeds_with_views;
  if (!plan.postings.empty()) ++seeds_with_traitors;
  if (plan.real_signatures) {
    ++seeds_with_signatures;
  } else {
    cpu_seconds += seconds;
    timed_events += result.totals.events;
    timed_batches += result.totals.batches;
  }
  if (progress_ && seeds % 50 == 0) {
    std::cerr << '\r' << seeds << " of " << range_.last - range_.first + 1 << " seeds, " << totals.operations
              << " operations";
  }
  if (!result.broken || (broken_seed && *broken_seed < seed)) return;
  broken_seed = seed;
  broken = result;
  stop_ = true;
}

}  // namespace quorate::simulation
