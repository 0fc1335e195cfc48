// simulate: runs seeds, prints totals, and for a seed that breaks an invariant its plan and its story.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/simulation/cluster.h"

namespace {

using namespace quorate::simulation;

struct Result {
  Totals totals;
  std::uint64_t trace_hash = 0;
  std::optional<std::string> broken;
};

/// The seed that this thread runs, for the last words of an abort.
thread_local std::uint64_t running_seed = 0;

/// A check of the product's own failed: that ends the process, but not without the seed.
void name_the_seed(int) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "simulate: seed %llu aborted\n",
                                 static_cast<unsigned long long>(running_seed));
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(size));
}

/// What the command line demands of each plan.
struct Demands {
  std::uint32_t replicas = 0;  // 0: as the seed has it
  std::optional<std::vector<quorate::traitors::Posting>> postings;

  Plan plan(std::uint64_t seed) const {
    Plan plan = Plan::draw(seed);
    if (replicas == 0 && !postings) return plan;
    plan.post(replicas != 0 ? replicas : plan.replicas, postings.value_or(std::vector<quorate::traitors::Posting>()));
    return plan;
  }
};

Result run(const Plan& plan, std::ostream* read_along) {
  running_seed = plan.seed;
  Result result;
  Cluster cluster(plan, read_along);
  try {
    cluster.run();
  } catch (const Broken& broken) {
    result.broken = broken.what();
  }
  result.totals = cluster.world().totals;
  result.trace_hash = cluster.world().trace.hash();
  return result;
}

struct Range {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

std::optional<Range> parse_range(const std::string& text) {
  Range range;
  char dot = 0;
  char dot_again = 0;
  std::istringstream in(text);
  if (!(in >> range.first)) return std::nullopt;
  range.last = range.first;
  if (in.eof()) return range;
  if (!(in >> dot >> dot_again >> range.last) || dot != '.' || dot_again != '.' || !in.eof()) return std::nullopt;
  return range.last < range.first ? std::nullopt : std::optional(range);
}

/// Runs a range of seeds on several threads; stops taking new seeds after the first that breaks.
class Campaign {
 public:
  Campaign(Range range, Demands demands, bool progress)
      : next_(range.first), range_(range), demands_(std::move(demands)), progress_(progress) {}

  void run_on(unsigned jobs) {
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    if (progress_) std::cerr << '\r' << std::string(60, ' ') << '\r';
  }

  Totals totals;
  std::uint64_t seeds = 0;
  std::uint64_t trace_hash = 0;  // of all seeds, in whatever order they ended
  std::optional<std::uint64_t> broken_seed;
  std::string broken;

 private:
  void work() {
    for (std::uint64_t seed = next_++; seed <= range_.last && !stop_; seed = next_++) {
      const Result result = ::run(demands_.plan(seed), nullptr);
      const std::lock_guard guard(mutex_);
      totals += result.totals;
      trace_hash += result.trace_hash * (2 * seed + 1);
      ++seeds;
      if (progress_ && seeds % 50 == 0) std::cerr << '\r' << seeds << " seeds, " << totals.operations << " operations";
      if (!result.broken || (broken_seed && *broken_seed < seed)) continue;
      broken_seed = seed;
      broken = *result.broken;
      stop_ = true;
    }
  }

  std::atomic<std::uint64_t> next_;
  std::atomic<bool> stop_ = false;
  const Range range_;
  const Demands demands_;
  const bool progress_;
  std::mutex mutex_;
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void print(const Campaign& campaign, bool json) {
  const Totals& totals = campaign.totals;
  const double seconds = std::max(cpu_seconds(), 1e-3);
  const auto per_second = [&](std::uint64_t value) {
    return static_cast<std::uint64_t>(static_cast<double>(value) / seconds);
  };
  std::uint64_t lies = 0;
  for (const auto& [number, acts] : totals.acts) lies += acts;
  const std::vector<std::pair<const char*, std::uint64_t>> lines = {
      {"seeds", campaign.seeds},
      {"operations", totals.operations},
      {"batches", totals.batches},
      {"stable_checkpoints", totals.checkpoints},
      {"crashes", totals.crashes},
      {"views", totals.views},
      {"transfers", totals.transfers},
      {"traitors", totals.traitors},
      {"lies", lies},
      {"messages", totals.messages},
      {"events", totals.events},
      {"virtual_seconds", totals.virtual_us / 1'000'000},
      {"events_per_cpu_second", per_second(totals.events)},
      {"batches_per_cpu_second", per_second(totals.batches)},
  };
  if (json) std::cout << '{';
  for (const auto& [name, value] : lines) {
    if (json) {
      std::cout << '"' << name << "\": " << value << ", ";
    } else {
      std::cout << name << ": " << value << '\n';
    }
  }
  std::ostringstream hash;
  hash << std::hex << campaign.trace_hash;
  if (json) {
    std::cout << "\"trace_hash\": \"" << hash.str() << "\", \"broken\": " << (campaign.broken_seed ? "true" : "false")
              << "}\n";
  } else {
    std::cout << "trace hash: " << hash.str() << '\n';
  }
}

int one_seed(const Plan& plan, bool trace) {
  std::cout << plan.describe() << '\n';
  const Result result = run(plan, trace ? &std::cout : nullptr);
  for (const auto& [number, acts] : result.totals.acts) std::cout << 'T' << number << " acted " << acts << " times\n";
  std::cout << "operations " << result.totals.operations << ", batches " << result.totals.batches << ", checkpoints "
            << result.totals.checkpoints << ", crashes " << result.totals.crashes << ", events " << result.totals.events
            << ", trace hash " << std::hex << result.trace_hash << std::dec << '\n';
  if (!result.broken) return 0;
  std::cout << "BROKEN: " << *result.broken << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs Quorate clusters in virtual time, with crashes and network faults, and checks the invariants.");
  std::string seeds;
  std::uint64_t seed = 0;
  bool trace = false;
  bool json = false;
  Demands demands;
  std::string postings;
  unsigned jobs = 1;
  auto* one = app.add_option("--seed", seed, "run one seed and print its plan");
  app.add_flag("--trace", trace, "with --seed: print what happens")->needs(one);
  auto* many = app.add_option("--seeds", seeds, "run the seeds A..B and print totals")->excludes(one);
  app.add_option("--jobs", jobs, "threads for --seeds")->needs(many)->check(CLI::Range(1, 64));
  app.add_flag("--json", json, "print totals as JSON")->needs(many);
  app.add_option("--replicas", demands.replicas, "clusters of so many replicas")->check(CLI::Range(4, 64));
  auto* traitors = app.add_option("--traitors", postings,
                                  "which replicas lie and how: 2=T01,5=two-faced@view:1 (also @above:N, @permille:P)");
  CLI11_PARSE(app, argc, argv);
  if (traitors->count() != 0) {
    auto parsed = quorate::traitors::parse_postings(postings);
    if (!parsed) {
      std::cerr << "simulate: --traitors: " << parsed.error() << '\n';
      return 2;
    }
    demands.postings = std::move(*parsed);
  }
  std::signal(SIGABRT, name_the_seed);
  if (one->count() != 0) return one_seed(demands.plan(seed), trace);

  const auto range = parse_range(seeds);
  if (!range) {
    std::cerr << "simulate: give --seed N or --seeds A..B with A <= B (got '" << seeds << "'). See --help.\n";
    return 2;
  }
  Campaign campaign(*range, demands, isatty(STDERR_FILENO) != 0);
  campaign.run_on(jobs);
  print(campaign, json);
  if (!campaign.broken_seed) return 0;
  std::cout << demands.plan(*campaign.broken_seed).describe() << "\nBROKEN: " << campaign.broken
            << "\nReplay: simulate --seed " << *campaign.broken_seed << " --trace\n";
  return 1;
}
