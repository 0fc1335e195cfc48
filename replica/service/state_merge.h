// What came for a node, looked at beside its range of keys and beside what is here (OSDI'99 section 4.6.2).
//
// Nothing is proven here: what is in order, or put together, must still hash to the node's digest.
#pragma once

#include <optional>
#include <vector>

#include "replica/service/state_tree.h"

namespace quorate::state_merge {

/// Children of the node [first, next), or entries of the group: ascending, and none outside.
bool in_order(const std::vector<state_tree::Node>& children, ByteView first, const std::optional<Bytes>& next);
bool in_order(const std::vector<state_tree::Entry>& entries, ByteView first, const std::optional<Bytes>& next);

/// Puts a group together: the fetched entries at the selected places, ours, by their short digests, at the others.
/// Nothing if it cannot be.
std::optional<std::vector<state_tree::Entry>> merged(const std::vector<Bytes>& digests, ByteView selected,
                                                     std::vector<state_tree::Entry> fetched,
                                                     const std::vector<state_tree::Entry>& ours);

}  // namespace quorate::state_merge
