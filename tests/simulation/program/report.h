// What quorate-sim prints, for readers and as JSON.
#pragma once

#include <optional>
#include <string>

#include "tests/simulation/program/campaign.h"
#include "tests/simulation/shrink.h"

namespace quorate::simulation {

/// A failure, made small and told.
struct Finding {
  Plan plan;
  RunResult result;
  std::optional<Shrunk> shrunk;  // unless that was not wanted
  std::string story;             // of the shrunk plan, or of the plan itself
};

std::string describe(const Campaign& campaign);
std::string describe(const Plan& plan, const RunResult& result);
/// What broke, the plan and the shrunk scenario, the story, and how to see it again.
std::string describe(const Finding& finding);
std::string list_traitors();

std::string to_json(const Campaign& campaign, const std::optional<Finding>& finding);
std::string to_json(const Plan& plan, const RunResult& result, const std::optional<Finding>& finding);
std::string list_traitors_json();

}  // namespace quorate::simulation
