#include "tests/simulation/runs.h"

#include <cctype>

namespace quorate::simulation {

RunResult run_plan(const Plan& plan, std::ostream* read_along, const Preparation& prepare) {
  RunResult result;
  Cluster cluster(plan, read_along);
  try {
    if (prepare) prepare(cluster);
    cluster.run();
  } catch (const Broken& broken) {
    result.broken = broken.what();
  }
  result.totals = cluster.world().totals;
  result.trace_hash = cluster.world().trace.hash();
  return result;
}

std::string invariant_of(const std::string& broken) {
  const auto digit = [&](std::size_t i) { return std::isdigit(static_cast<unsigned char>(broken[i])) != 0; };
  if (broken.size() >= 3 && broken[0] == 'I' && digit(1) && digit(2)) return broken.substr(0, 3);
  return broken.substr(0, broken.find(':'));
}

}  // namespace quorate::simulation
