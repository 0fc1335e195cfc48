#include "tests/simulation/marks.h"

namespace quorate::simulation {
namespace {

constexpr std::array<std::string_view, recovery_edge_count> names = {
    "restart_with_nothing",
    "restart_with_accepted",
    "restart_with_prepared",
    "restart_with_decided",
    "restart_with_unproven",
    "restart_in_later_view",
    "restart_between_views",
    "restart_behind_h",
    "restart_in_mid_transfer",
    "restart_mute",
    "left_nothing_executed",
    "left_request_passed_over",
    "left_connection_broken",
    "left_slow",
    "left_time_behind",
    "left_no_new_view",
    "left_others_left",
    "left_forgotten",
    "entered_as_primary",
    "entered_as_backup",
    "entered_after_a_skipped_one",
    "entered_with_nothing",
    "entered_with_prepared",
    "entered_with_nulls",
    "entered_from_above",
    "body_fetched",
    "body_served",
    "asked_for_batches",
    "served_batches",
    "proved_checkpoint",
    "transfer_begun",
    "transfer_begun_anew",
    "transfer_raised",
    "transfer_cut",
    "transfer_done",
    "state_offered",
    "parts_served",
    "parts_gone",
    "blocks_fetched",
    "muted_by_older_log",
    "rejoin_executed",
    "rejoin_cut",
    "spoke_again",
};
static_assert(!names.back().empty(), "each edge has a name");

}  // namespace

std::string_view to_string(RecoveryEdge edge) { return names.at(static_cast<std::size_t>(edge)); }

void Marks::meet(const std::array<std::uint64_t, reject_count>& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) rejects[i] += counts[i];
}

Marks& Marks::operator+=(const Marks& other) {
  meet(other.rejects);
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] += other.edges[i];
  return *this;
}

std::vector<std::string_view> Marks::unmet() const {
  std::vector<std::string_view> unmet;
  for (std::size_t i = 0; i < rejects.size(); ++i) {
    const auto reason = static_cast<Reject>(i);
    const bool elsewhere = reason == Reject::frame_too_large || reason == Reject::not_at_interval;
    if (rejects[i] == 0 && !elsewhere) unmet.push_back(to_string(reason));
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i] == 0) unmet.push_back(names.at(i));
  }
  return unmet;
}

}  // namespace quorate::simulation
