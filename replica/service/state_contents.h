// The contents of state parts: how a node's children, a group's short digests and its entries are written (OSDI'99
// section 4.6.2; messages/README.md, "State transfer").
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "messages/state_parts.h"
#include "replica/service/state_tree.h"
#include "replica/service/state_view.h"

namespace quorate::state_contents {

Bytes of_top(const state_tree::Top& top);
Bytes of_children(std::span<const state_tree::Node> children);
Bytes of_digests(std::span<const state_tree::Entry> entries);
/// Those that `selected` marks; all if it is empty.
Bytes of_entries(std::span<const state_tree::Entry> entries, ByteView selected);

// The inverses; nothing if the bytes are none. Nothing is proven yet.

std::optional<state_tree::Top> top(ByteView content);
std::optional<std::vector<state_tree::Node>> children(ByteView content);
std::optional<std::vector<Bytes>> digests(ByteView content);
std::optional<std::vector<state_tree::Entry>> entries(ByteView content);

bool selects(ByteView selected, std::size_t i);

/// Answers a fetch: as many wants as fit, in order; a node that is not there ends the answer.
StateParts answer(const StateView& view, const StateFetch& fetch);

}  // namespace quorate::state_contents
