#include "tests/simulation/program/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/simulation/plan_fields.h"

namespace quorate::simulation {
namespace {

using Json = nlohmann::ordered_json;

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string numbered(unsigned number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "T%02u", number);
  return text.data();
}

std::uint64_t count_lies(const Totals& totals) {
  std::uint64_t lies = 0;
  for (const auto& [number, acts] : totals.acts) lies += acts;
  return lies;
}

Json fields_of(const Totals& totals) {
  Json json;
  json["operations"] = totals.operations;
  json["batches"] = totals.batches;
  json["stable_checkpoints"] = totals.checkpoints;
  json["crashes"] = totals.crashes;
  json["views"] = totals.views;
  json["transfers"] = totals.transfers;
  json["lost_disks"] = totals.lost_disks;
  json["rolled_back_disks"] = totals.rolled_back;
  json["rejoined"] = totals.rejoined;
  json["traitors"] = totals.traitors;
  json["lies"] = count_lies(totals);
  json["calls_judged"] = totals.judged;
  json["histories_undecided"] = totals.undecided;
  json["messages"] = totals.messages;
  json["events"] = totals.events;
  json["virtual_seconds"] = totals.virtual_us / 1'000'000;
  return json;
}

Json fields_of(const Campaign& campaign) {
  Json json;
  json["seeds"] = campaign.seeds;
  json["seeds_with_view_changes"] = campaign.seeds_with_views;
  json["seeds_with_traitors"] = campaign.seeds_with_traitors;
  json["seeds_with_real_signatures"] = campaign.seeds_with_signatures;
  json.update(fields_of(campaign.totals));
  const double seconds = std::max(campaign.cpu_seconds, 1e-3);
  // Of the seeds without real signatures, whose cost would be libsodium's.
  json["events_per_cpu_second"] = static_cast<std::uint64_t>(static_cast<double>(campaign.timed_events) / seconds);
  json["batches_per_cpu_second"] = static_cast<std::uint64_t>(static_cast<double>(campaign.timed_batches) / seconds);
  json["trace_hash"] = hexadecimal(campaign.trace_hash);
  return json;
}

std::string lines_of(const Json& json) {
  std::ostringstream out;
  for (const auto& [name, value] : json.items()) {
    out << name << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
  }
  return out.str();
}

/// "N of M", and the names of those that were never met.
std::string summary_of(const Marks& marks) {
  const auto unmet = marks.unmet();
  std::ostringstream out;
  out << Marks::count - unmet.size() << " of " << Marks::count << " met";
  for (const std::string_view name : unmet) out << ", never " << name;
  return out.str();
}

/// How often each was met.
Json counts_of(const Marks& marks) {
  Json json;
  for (std::size_t i = 0; i < reject_count; ++i) {
    json["refused"][std::string(to_string(static_cast<Reject>(i)))] = marks.rejects[i];
  }
  for (std::size_t i = 0; i < recovery_edge_count; ++i) {
    json["recovery"][std::string(to_string(static_cast<RecoveryEdge>(i)))] = marks.edges[i];
  }
  return json;
}

Json finding_of(const std::optional<Finding>& finding) {
  if (!finding) return nullptr;
  Json json;
  json["seed"] = finding->plan.seed;
  json["invariant"] = invariant_of(*finding->result.broken);
  json["what"] = *finding->result.broken;
  json["scenario"] = to_scenario(finding->plan);
  json["faults"] = count_faults(finding->plan);
  if (finding->shrunk) {
    json["shrunk_scenario"] = to_scenario(finding->shrunk->plan);
    json["shrunk_faults"] = count_faults(finding->shrunk->plan);
    json["shrink_runs"] = finding->shrunk->runs;
  }
  json["story"] = finding->story;
  return json;
}

}  // namespace

std::string describe(const Campaign& campaign) {
  return lines_of(fields_of(campaign)) + "marks: " + summary_of(campaign.totals.marks) + '\n';
}

std::string describe(const Plan& plan, const RunResult& result) {
  std::ostringstream out;
  out << plan.describe() << '\n';
  for (const auto& [number, acts] : result.totals.acts) out << numbered(number) << " acted " << acts << " times\n";
  out << "operations " << result.totals.operations << ", batches " << result.totals.batches << ", checkpoints "
      << result.totals.checkpoints << ", crashes " << result.totals.crashes << ", views " << result.totals.views
      << ", events " << result.totals.events << ", trace hash " << hexadecimal(result.trace_hash) << '\n';
  return out.str();
}

std::string describe(const Finding& finding) {
  std::ostringstream out;
  out << "BROKEN: " << *finding.result.broken << "\n\nThe plan: " << finding.plan.describe() << '\n';
  if (finding.shrunk) {
    out << "Shrunk in " << finding.shrunk->runs << " runs from " << count_faults(finding.plan) << " faults to "
        << count_faults(finding.shrunk->plan) << ": " << finding.shrunk->plan.describe() << '\n';
  }
  out << "\n--- the story ---\n" << finding.story;
  if (finding.shrunk) {
    out << "\n--- the shrunk scenario: save it, then quorate-sim --scenario FILE --trace ---\n"
        << to_scenario(finding.shrunk->plan) << "---\n";
  }
  return out.str();
}

std::string list_traitors() {
  std::ostringstream out;
  for (const traitors::Kind& kind : traitors::all_kinds()) {
    const std::string name = kind.name;
    out << numbered(kind.number) << "  " << name << std::string(name.size() < 24 ? 24 - name.size() : 1, ' ')
        << kind.description << '\n';
  }
  return out.str();
}

std::string to_json(const Campaign& campaign, const std::optional<Finding>& finding) {
  Json json = fields_of(campaign);
  json["marks"] = counts_of(campaign.totals.marks);
  json["broken"] = finding_of(finding);
  return json.dump(2) + "\n";
}

std::string to_json(const Plan& plan, const RunResult& result, const std::optional<Finding>& finding) {
  Json json;
  json["seed"] = plan.seed;
  json.update(fields_of(result.totals));
  for (const auto& [number, acts] : result.totals.acts) json["acts"][numbered(number)] = acts;
  json["trace_hash"] = hexadecimal(result.trace_hash);
  json["broken"] = finding_of(finding);
  return json.dump(2) + "\n";
}

std::string list_traitors_json() {
  Json json = Json::array();
  for (const traitors::Kind& kind : traitors::all_kinds()) {
    json.push_back({{"number", numbered(kind.number)}, {"name", kind.name}, {"description", kind.description}});
  }
  return json.dump(2) + "\n";
}

}  // namespace quorate::simulation
