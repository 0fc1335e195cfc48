// One plan, run to its end: what it did, and which invariant it broke, if any.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "tests/simulation/cluster.h"

namespace quorate::simulation {

struct RunResult {
  Totals totals;
  std::uint64_t trace_hash = 0;
  std::optional<std::string> broken;  // what Broken said
};

/// Called with the cluster before it starts.
using Preparation = std::function<void(Cluster&)>;

/// `read_along`: where the trace goes as text; null for nowhere.
RunResult run_plan(const Plan& plan, std::ostream* read_along = nullptr, const Preparation& prepare = nullptr);

/// What names the invariant in a Broken's text: "I07", or the words before the first colon.
std::string invariant_of(const std::string& broken);

}  // namespace quorate::simulation
