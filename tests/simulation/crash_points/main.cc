// crash_points: tries every crash point of some small runs, and prints how many there were.
#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "tests/simulation/crash_points/crash_points.h"

namespace {

using namespace quorate::simulation;

const char* const about =
    "crash_points: crashes at every write to a disk in small simulated runs, before it arrived and after, one replica "
    "and "
    "all, and again at a write of the recovery. All invariants are checked.";

struct Options {
  std::uint64_t first = 1;
  std::uint64_t last = 12;
  std::uint64_t every = 1;
  unsigned jobs = 1;
  bool json = false;
};

void print(const CrashPointTotals& totals, bool json) {
  const std::vector<std::pair<const char*, std::uint64_t>> lines = {
      {"seeds", totals.seeds},
      {"forces", totals.points[static_cast<std::size_t>(DiskWrite::force)]},
      {"state_commits", totals.points[static_cast<std::size_t>(DiskWrite::commit)]},
      {"transfer_writes", totals.points[static_cast<std::size_t>(DiskWrite::transfer)]},
      {"runs", totals.runs},
      {"crashes", totals.crashes},
      {"crashes_in_recovery", totals.in_recovery},
  };
  if (json) std::cout << '{';
  for (const auto& [name, value] : lines) {
    std::cout << (json ? "\"" : "") << name << (json ? "\": " : ": ") << value << (json ? ", " : "\n");
  }
  if (json) std::cout << "\"broken\": " << (totals.broken ? "true" : "false") << "}\n";
  if (totals.broken) std::cout << "BROKEN: " << *totals.broken << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(about);
  Options options;
  app.add_option("FIRST", options.first, "the first seed")->required();
  app.add_option("LAST", options.last, "the last seed")->required();
  app.add_option("--every", options.every, "only each N-th write")->check(CLI::Range(1, 1'000'000));
  app.add_option("--jobs", options.jobs, "threads")->check(CLI::Range(1, 64));
  app.add_flag("--json", options.json, "print JSON");
  CLI11_PARSE(app, argc, argv);
  if (options.last < options.first) {
    std::cerr << "crash_points: LAST is below FIRST\n";
    return 2;
  }
  const CrashPointTotals totals = try_crash_points(options.first, options.last, options.every, options.jobs);
  print(totals, options.json);
  return totals.broken ? 1 : 0;
}
