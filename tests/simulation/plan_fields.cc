#include "tests/simulation/plan_fields.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "messages/quorum.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t any = ~std::uint64_t{0};
constexpr std::uint64_t second_us = 1'000'000;
constexpr bool fault = true;
constexpr bool size = false;

// The number of a plan's members, so that none is forgotten here.
struct Anything {
  template <typename T>
  operator T() const;  // NOLINT: converts to whatever a member is, and is never called
};
template <typename... Members>
constexpr std::size_t count_members() {
  if constexpr (requires { Plan{Members{}..., Anything{}}; }) {
    return count_members<Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

constexpr PlanField fields[] = {
    {"seed", &Plan::seed, 0, any, size, "of all randomness in the run"},
    {"replicas", &Plan::replicas, 4, 64, size, "N"},
    {"clients", &Plan::clients, 1, 64, size, "loyal clients"},
    {"checkpoint_interval", &Plan::checkpoint_interval, 1, 1'000, size, "K"},
    {"log_window", &Plan::log_window, 2, 10'000, size, "L, a multiple of K, at least 2K"},
    {"client_window", &Plan::client_window, 1, 1'000, size, "W"},
    {"pipeline_depth", &Plan::pipeline_depth, 1, 64, size, "slots proposed and not yet executed"},
    {"status_interval_us", &Plan::status_interval_us, 1'000, 10 * second_us, size, "between STATUS messages"},
    {"client_bytes_max", &Plan::client_bytes_max, 1, any, size,
     "admitted of one client, from it and from each replica"},
    {"operations", &Plan::operations, 1, 1'000'000, size, "of all loyal clients together"},
    {"outstanding", &Plan::outstanding, 1, 64, size, "unanswered operations of one client"},
    {"bad_client", &Plan::bad_client, 0, 1, fault, "a client that breaks every rule"},
    {"client_restarts", &Plan::client_restarts, 0, 1, fault, "clients end and begin anew"},
    {"view_timeout_us", &Plan::view_timeout_us, 10'000, 10 * second_us, size, "until a primary is complained about"},
    {"primary_crashes", &Plan::primary_crashes, 0, 1, fault, "crashes prefer the primary, and last longer"},
    {"down_after", &Plan::down_after, 0, 21, fault, "replicas down until every request is answered"},
    {"client_memory", &Plan::client_memory, 0, 1, size, "clients remember what former lives signed"},
    {"delay_us", &Plan::delay_us, 1, second_us, size, "of a message, typically"},
    {"loss_permille", &Plan::loss_permille, 0, 900, fault, "of messages"},
    {"duplicate_permille", &Plan::duplicate_permille, 0, 900, fault, "of messages"},
    {"reordering", &Plan::reordering, 0, 1, fault, "links do not keep their order"},
    {"clogs", &Plan::clogs, 0, 1, fault, "links carry nothing for a while"},
    {"one_way_cuts", &Plan::one_way_cuts, 0, 1, fault, "one replica is not heard, or hears not, for a while"},
    {"partitions", &Plan::partitions, 0, 1, fault, "one replica alone, halves, or a ring, for a while"},
    {"cuts_at_view_change", &Plan::cuts_at_view_change, 0, 1, fault, "one replica is cut off as a view changes"},
    {"codec", &Plan::codec, 0, 1, size, "messages pass through their wire form"},
    {"force_us", &Plan::force_us, 1, second_us, size, "of a forced write, typically"},
    {"state_commit_us", &Plan::state_commit_us, 1, 10 * second_us, size, "of a state's commit, typically"},
    {"disk_stalls", &Plan::disk_stalls, 0, 1, fault, "disks take 300 ms now and then"},
    {"retained_batches", &Plan::retained_batches, 0, 10'000, fault, "kept for laggards; 0: all"},
    {"state_losses", &Plan::state_losses, 0, 21, fault, "replicas that lose their state's disk once"},
    {"execute_us", &Plan::execute_us, 1, second_us, size, "of a batch, typically"},
    {"crash_every", &Plan::crash_every, 0, any, fault, "about one crash in so many events"},
    {"crash_all", &Plan::crash_all, 0, 1, fault, "crashes may take all replicas at once"},
    {"clock_skew_us", &Plan::clock_skew_us, 0, 900 * second_us, fault, "of each replica, either way"},
    {"time_bound_us", &Plan::time_bound_us, 1, 900 * second_us, size, "proposals further ahead are held"},
    {"chaos_us", &Plan::chaos_us, 0, 600 * second_us, size, "the faults end after this"},
    {"real_signatures", &Plan::real_signatures, 0, 1, size, "Ed25519 instead of the simulator's scheme"},
    {"disk_losses", &Plan::disk_losses, 0, 1'000, fault, "whole disks lost, never too many at a moment"},
    {"disk_rollbacks", &Plan::disk_rollbacks, 0, 1'000, fault, "older copies of disks put back, likewise"},
    {"verified_together", &Plan::verified_together, 1, 64, size, "messages verified before the first is stepped"},
};
static_assert(count_members<>() == std::size(fields) + 1, "each member of Plan but the postings has a line here");

const char postings_name[] = "traitors";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// What no single field can know. Empty: all is well.
std::string fault_of(const Plan& plan) {
  if (plan.log_window % plan.checkpoint_interval != 0 || plan.log_window < 2 * plan.checkpoint_interval) {
    return "log_window = " + std::to_string(plan.log_window) +
           " must be a multiple of checkpoint_interval = " + std::to_string(plan.checkpoint_interval) +
           " and at least twice as large";
  }
  for (const traitors::Posting& posting : plan.postings) {
    if (posting.replica.value < plan.replicas) continue;
    return "traitors: there is no replica " + std::to_string(posting.replica.value) + " of " +
           std::to_string(plan.replicas);
  }
  if (plan.liars() == plan.replicas) return "traitors: at least one replica must be loyal";
  const Quorums quorums(plan.replicas);
  const std::uint64_t spare = plan.replicas - quorums.quorum();
  if (plan.down_after != 0 && plan.down_after + plan.liars() > spare) {
    return "down_after = " + std::to_string(plan.down_after) + " with " + std::to_string(plan.liars()) +
           " traitors leaves fewer than a quorum of " + std::to_string(quorums.quorum());
  }
  return "";
}

tl::expected<void, std::string> take_line(Plan& plan, const std::string& name, const std::string& text) {
  if (name == postings_name) {
    auto postings = traitors::parse_postings(text);
    if (!postings) return tl::unexpected("traitors: " + postings.error());
    plan.postings = std::move(*postings);
    return {};
  }
  const auto field =
      std::find_if(std::begin(fields), std::end(fields), [&](const PlanField& f) { return name == f.name; });
  if (field == std::end(fields)) {
    return tl::unexpected("there is no field '" + name + "'; --print-scenario shows them all");
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < field->least || value > field->most) {
    return tl::unexpected(name + " = '" + text + "': expected a number from " + std::to_string(field->least) + " to " +
                          std::to_string(field->most));
  }
  set(plan, *field, value);
  return {};
}

}  // namespace

const std::vector<PlanField>& plan_fields() {
  static const std::vector<PlanField> all(std::begin(fields), std::end(fields));
  return all;
}

std::uint64_t get(const Plan& plan, const PlanField& field) {
  return std::visit([&](const auto member) { return std::uint64_t{plan.*member}; }, field.where);
}

void set(Plan& plan, const PlanField& field, std::uint64_t value) {
  std::visit([&]<typename T>(T Plan::*const member) { plan.*member = static_cast<T>(value); }, field.where);
}

std::uint64_t count_faults(const Plan& plan) {
  std::uint64_t count = plan.postings.size();
  for (const PlanField& field : fields) {
    if (field.fault && get(plan, field) != 0) ++count;
  }
  return count;
}

std::string to_scenario(const Plan& plan) {
  std::ostringstream out;
  for (const PlanField& field : fields) {
    const std::string line = std::string(field.name) + " = " + std::to_string(get(plan, field));
    out << line << std::string(line.size() < 34 ? 34 - line.size() : 1, ' ') << "# " << field.meaning << '\n';
  }
  out << postings_name << " =";
  for (const traitors::Posting& posting : plan.postings) {
    out << (&posting == plan.postings.data() ? ' ' : ',') << traitors::to_string(posting);
  }
  out << '\n';
  return out.str();
}

tl::expected<Plan, std::string> read_scenario(const std::string& text) {
  Plan plan;
  std::istringstream in(text);
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto wrong = [&](const std::string& what) {
      return tl::unexpected("line " + std::to_string(number) + ": " + what);
    };
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) return wrong("expected name = value, got '" + line + "'");
    const auto taken = take_line(plan, trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
    if (!taken) return wrong(taken.error());
  }
  const std::string nonsense = fault_of(plan);
  if (!nonsense.empty()) return tl::unexpected(nonsense);
  return plan;
}

}  // namespace quorate::simulation
