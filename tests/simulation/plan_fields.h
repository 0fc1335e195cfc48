// The plan's fields as a table: their names in a scenario file, their bounds, and which of them are faults.
//
// A scenario is a plan as text, `name = value` a line, with the traitors last. What a seed drew can be written down,
// altered and run again; the same text is the same run to the byte. A field that the table lacks does not compile.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "tests/simulation/plan.h"

namespace quorate::simulation {

struct PlanField {
  const char* name;
  std::variant<bool Plan::*, std::uint32_t Plan::*, std::uint64_t Plan::*> where;
  std::uint64_t least;
  std::uint64_t most;
  bool fault;  // 0 is calm
  const char* meaning;
};

const std::vector<PlanField>& plan_fields();
std::uint64_t get(const Plan& plan, const PlanField& field);
void set(Plan& plan, const PlanField& field, std::uint64_t value);

/// How many kinds of trouble this plan asks for: fault fields that are not 0, and traitors' lies.
std::uint64_t count_faults(const Plan& plan);

/// The plan as a scenario. `read_scenario` gives the same plan back.
std::string to_scenario(const Plan& plan);
/// Fields that the text leaves out are those of a calm cluster of four. Empty lines and what follows a # are skipped.
/// Errors name the line, what is wrong there, and what is allowed.
tl::expected<Plan, std::string> read_scenario(const std::string& text);

}  // namespace quorate::simulation
