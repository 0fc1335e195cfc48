// quorate-sim: runs seeds or a scenario, prints totals, and makes what breaks small and tells it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/linearizability/json_lines.h"
#include "tests/simulation/lmdb/lmdb_stores.h"
#include "tests/simulation/plan_fields.h"
#include "tests/simulation/program/report.h"
#include "tests/simulation/story.h"

namespace {

using namespace quorate::simulation;

constexpr int broken_status = 1;
constexpr int usage_status = 2;

/// A check of the product's own failed: that ends the process, but not without the seed.
void name_the_seed(int) {
  std::array<char, 96> text{};
  const int size = std::snprintf(text.data(), text.size(), "quorate-sim: seed %llu aborted\n",
                                 static_cast<unsigned long long>(running_seed()));
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(size));
}

struct Options {
  std::optional<std::uint64_t> seed;
  std::string seeds;
  std::string scenario;
  std::uint32_t replicas = 0;  // 0: as the seed has it
  std::string traitors;
  std::string history;
  unsigned jobs = 1;
  std::uint64_t shrink_runs = 200;
  bool trace = false;
  bool lmdb = false;
  bool json = false;
  bool print_scenario = false;
  bool list_traitors = false;
  bool no_shrink = false;
  bool traitors_given = false;
  bool demand_marks = false;
};

const char* const about =
    "quorate-sim: runs whole clusters in virtual time, with liars, crashes and network faults, and checks the "
    "invariants after every event. The same seed is the same run, to the byte, on every machine.";

const char* const pages = R"(
Exit status:
  0  every run kept every invariant
  1  an invariant broke: which, in which plan, shrunk, and as a story; or a mark that is demanded was not met
  2  usage: the message says what is wrong

Examples:
  quorate-sim --seeds 1..1000 --jobs 2
                              a thousand seeds and their totals
  quorate-sim --seeds 1..500 --jobs 2 --lmdb
                              the same runs with the replicas' logs and states in real LMDB files: at a crash these lose
                              what was not forced, and what is read back must be what was. The trace hash stays as it is
  quorate-sim --seed 17 --trace
                              one seed: its plan, what happened, its trace hash
  quorate-sim --seed 7 --replicas 7 --traitors 0=T01,3=two-faced@view:1
                              seven replicas, two of them liars, one from view 1 on
  quorate-sim --seed 17 --print-scenario >mine.txt
  quorate-sim --scenario mine.txt --seeds 1..100
                              a plan of your own, a hundred times

A scenario has one field of the plan on each line, NAME = VALUE, and `traitors = ` as for --traitors. Fields that it leaves
out are those of a calm cluster of four. More than f traitors are allowed: then agreement may break, and that is told.
)";

std::optional<std::string> contents_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return in ? std::optional(out.str()) : std::nullopt;
}

int usage(const std::string& what) {
  std::cerr << "quorate-sim: " << what << "\n'quorate-sim --help' says more\n";
  return usage_status;
}

/// How a seed becomes a plan on this command line.
tl::expected<Campaign::MakePlan, std::string> plan_maker(const Options& options) {
  std::optional<Plan> scenario;
  if (!options.scenario.empty()) {
    const auto text = contents_of(options.scenario);
    if (!text) return tl::unexpected("cannot read the scenario '" + options.scenario + "'");
    auto plan = read_scenario(*text);
    if (!plan) return tl::unexpected(options.scenario + ": " + plan.error());
    scenario = std::move(*plan);
  }
  std::optional<std::vector<quorate::traitors::Posting>> postings;
  if (options.traitors_given) {
    auto parsed = quorate::traitors::parse_postings(options.traitors);
    if (!parsed) return tl::unexpected("--traitors: " + parsed.error());
    postings = std::move(*parsed);
  }
  const bool own_seed = scenario && !options.seed && options.seeds.empty();
  return [scenario, postings, own_seed, replicas = options.replicas](std::uint64_t seed) {
    Plan plan = scenario ? *scenario : Plan::draw(seed);
    if (!own_seed) plan.seed = seed;
    if (replicas != 0 || postings) {
      plan.post(replicas != 0 ? replicas : plan.replicas, postings.value_or(std::vector<quorate::traitors::Posting>()));
    }
    return plan;
  };
}

Preparation preparation(const Options& options) {
  if (!options.lmdb) return nullptr;
  return [](Cluster& cluster) { stand_on_lmdb(cluster); };
}

Finding find_out(const Plan& plan, const RunResult& result, const Options& options) {
  Finding finding{plan, result, std::nullopt, {}};
  if (!options.no_shrink) {
    if (isatty(STDERR_FILENO) != 0) std::cerr << "seed " << plan.seed << " breaks an invariant; shrinking it\n";
    finding.shrunk = shrink(
        plan, result,
        [&](const Plan& smaller) {
          note_running_seed(smaller.seed);
          return run_plan(smaller, nullptr, preparation(options));
        },
        options.shrink_runs);
  }
  finding.story = tell_story(finding.shrunk ? finding.shrunk->plan : plan, preparation(options));
  return finding;
}

/// The clients' history, as quorate-linearizable reads it.
bool write_history(const Plan& plan, const std::string& file) {
  Cluster cluster(plan);
  try {
    cluster.run();
  } catch (const Broken&) {  // what broke is told by the run itself
  }
  std::ofstream out(file);
  out << to_json_lines(cluster.world().history);
  return out.flush().good();
}

int one_run(const Plan& plan, const Options& options) {
  note_running_seed(plan.seed);
  const RunResult result = run_plan(plan, options.trace ? &std::cout : nullptr, preparation(options));
  std::optional<Finding> finding;
  if (result.broken) finding = find_out(plan, result, options);
  if (options.json) {
    std::cout << to_json(plan, result, finding);
  } else {
    std::cout << describe(plan, result);
    if (finding) std::cout << describe(*finding);
  }
  if (!options.history.empty() && !write_history(plan, options.history)) {
    return usage("cannot write the history to '" + options.history + "'");
  }
  return finding ? broken_status : 0;
}

int many_runs(const SeedRange& range, const Campaign::MakePlan& make_plan, const Options& options) {
  Campaign campaign(range, make_plan, preparation(options), isatty(STDERR_FILENO) != 0);
  campaign.run_on(options.jobs);
  std::optional<Finding> finding;
  if (campaign.broken_seed) finding = find_out(make_plan(*campaign.broken_seed), campaign.broken, options);
  if (options.json) {
    std::cout << to_json(campaign, finding);
  } else {
    std::cout << describe(campaign);
    if (finding) std::cout << "seed " << *campaign.broken_seed << '\n' << describe(*finding);
  }
  if (finding) return broken_status;
  const bool lacks_marks = options.demand_marks && !campaign.totals.marks.unmet().empty();
  if (lacks_marks)
    std::cerr << "quorate-sim: these seeds never met some mark: alter what plans draw, or try more seeds\n";
  return lacks_marks ? broken_status : 0;
}

void declare(CLI::App& app, Options& options) {
  auto* one = app.add_option("--seed", options.seed, "run this seed and print its plan");
  auto* many = app.add_option("--seeds", options.seeds, "run the seeds A..B and print totals")->excludes(one);
  auto* scenario = app.add_option("--scenario", options.scenario,
                                  "run the plan in FILE; with --seed or --seeds, "
                                  "with these seeds")
                       ->type_name("FILE");
  app.add_option("--replicas", options.replicas, "clusters of so many replicas")->check(CLI::Range(4, 64));
  app.add_option("--traitors", options.traitors,
                 "which replicas lie and how: 2=T01,5=two-faced@view:1 (also @above:N, @permille:P)")
      ->each([&](const std::string&) { options.traitors_given = true; });
  app.add_flag(
      "--lmdb", options.lmdb,
      "stores in LMDB behind each disk, on files that lose at a crash what was not forced; three times slower");
  app.add_flag("--trace", options.trace, "print what happens")->excludes(many);
  app.add_option("--jobs", options.jobs, "threads for --seeds")->needs(many)->check(CLI::Range(1, 64));
  app.add_flag("--demand-marks", options.demand_marks,
               "fail unless the seeds met each reason to refuse and each edge of recovery")
      ->needs(many);
  app.add_option("--shrink-runs", options.shrink_runs, "runs that shrinking may take (200)");
  app.add_flag("--no-shrink", options.no_shrink, "tell what broke as it is");
  app.add_flag("--print-scenario", options.print_scenario, "print the plan as a scenario, and run nothing")
      ->excludes(many);
  app.add_option("--history", options.history, "write what the clients saw to FILE, for quorate-linearizable")
      ->type_name("FILE")
      ->excludes(many);
  app.add_flag("--json", options.json, "print JSON");
  app.add_flag("--list-traitors", options.list_traitors, "list the traitors: number, name, what they do")
      ->excludes(one)
      ->excludes(many)
      ->excludes(scenario);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(about);
  app.footer(pages);
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    return usage(error.what());
  }
  if (options.list_traitors) {
    std::cout << (options.json ? list_traitors_json() : list_traitors());
    return 0;
  }
  std::signal(SIGABRT, name_the_seed);
  const auto make_plan = plan_maker(options);
  if (!make_plan) return usage(make_plan.error());
  if (!options.seeds.empty()) {
    const auto range = parse_range(options.seeds);
    if (!range) return usage("--seeds " + options.seeds + ": expected A..B with A <= B");
    return many_runs(*range, *make_plan, options);
  }
  if (!options.seed && options.scenario.empty()) return usage("give --seed N, --seeds A..B or --scenario FILE");
  const Plan plan = (*make_plan)(options.seed.value_or(0));
  if (options.print_scenario) {
    std::cout << to_scenario(plan);
    return 0;
  }
  return one_run(plan, options);
}
