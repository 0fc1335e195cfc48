// What a NEW-VIEW must contain: min-s, max-s and O, derived from V by everybody alike (OSDI'99 section 4.4).
//
// Pure functions of verified messages. Departure from the paper: entries of P at or below min-s are ignored, and max-s
// is min-s when none lies above it.
#pragma once

#include <optional>
#include <vector>

#include "messages/view_change.h"

namespace quorate {

struct NewViewPlan {
  std::optional<StableCheckpoint> stable;  // proves min-s; nothing when that is 0
  SequenceNumber min_s;
  SequenceNumber max_s;
  std::vector<PrePrepareHeader> headers;  // of O: one for each n in (min-s, max-s], ascending
};

/// Nothing when two certificates of one view contradict each other, so that more than f replicas lie.
std::optional<NewViewPlan> derive_new_view(View view, const std::vector<ViewChangePtr>& view_changes);

/// True when O says exactly what the plan says.
bool follows(const NewView& new_view, const NewViewPlan& plan);

}  // namespace quorate
