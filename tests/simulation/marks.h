// Coverage that means something: which reasons to refuse and which edges of recovery the loyal have met, how often.
//
// A set of runs that never met one tests nothing about it: quorate-sim --demand-marks fails then.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "messages/reject.h"

namespace quorate::simulation {

/// The ways into and through recovery: replica/README.md, sections 4 to 6.
enum class RecoveryEdge : std::uint8_t {
  // a life begins, and the log holds
  restart_with_nothing,
  restart_with_accepted,  // a slot that is not prepared
  restart_with_prepared,  // a slot that is not decided
  restart_with_decided,   // a decided slot above the state: executed again
  restart_with_unproven,  // an own CHECKPOINT above h
  restart_in_later_view,
  restart_between_views,    // a VIEW-CHANGE, and not yet its NEW-VIEW
  restart_behind_h,         // a state below h: it is fetched
  restart_in_mid_transfer,  // no whole state
  restart_mute,
  // a view is left, because
  left_nothing_executed,
  left_request_passed_over,
  left_connection_broken,
  left_slow,
  left_time_behind,
  left_no_new_view,
  left_others_left,
  left_forgotten,
  // a view begins
  entered_as_primary,
  entered_as_backup,
  entered_after_a_skipped_one,
  entered_with_nothing,   // O is empty
  entered_with_prepared,  // O proposes batches again
  entered_with_nulls,     // O fills gaps
  entered_from_above,     // V proves a checkpoint above our own h
  body_fetched,           // of a digest in O
  body_served,
  // catching up
  asked_for_batches,
  served_batches,
  proved_checkpoint,
  // a state is fetched
  transfer_begun,       // over a state of our own
  transfer_begun_anew,  // over none
  transfer_raised,      // to a later checkpoint, under way
  transfer_cut,         // the process ends in it
  transfer_done,
  state_offered,
  parts_served,
  parts_gone,  // a peer no longer serves that state
  blocks_fetched,
  // votes may be forgotten
  muted_by_older_log,  // found out while running
  rejoin_executed,
  rejoin_cut,  // the process ends while it is mute
  spoke_again,
  count_,
};
inline constexpr std::size_t recovery_edge_count = static_cast<std::size_t>(RecoveryEdge::count_);
/// The enumerator's name.
std::string_view to_string(RecoveryEdge edge);

struct Marks {
  std::array<std::uint64_t, reject_count> rejects{};
  std::array<std::uint64_t, recovery_edge_count> edges{};

  void meet(Reject reason, std::uint64_t times = 1) { rejects[static_cast<std::size_t>(reason)] += times; }
  void meet(RecoveryEdge edge) { ++edges[static_cast<std::size_t>(edge)]; }
  void meet(const std::array<std::uint64_t, reject_count>& counts);
  Marks& operator+=(const Marks& other);
  /// Of all reasons and edges but two: simulated messages have no frames to be too large, and whose n is not at an
  /// interval is dropped before it is verified. frame_fuzz and core_under_fire_tests must meet those.
  static constexpr std::size_t count = reject_count - 2 + recovery_edge_count;
  /// Names of what was never met.
  std::vector<std::string_view> unmet() const;
};

}  // namespace quorate::simulation
