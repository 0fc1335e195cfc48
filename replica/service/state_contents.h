// The contents of state parts: how a node's children, a group's short digests and its entries are written (OSDI'99
// section 4.6.2; messages/README.md, "State transfer").
#pragma once

#include <optional>
#include <vector>

#include "messages/state_parts.h"
#include "replica/service/state_tree.h"
#include "replica/service/state_view.h"

namespace quorate::state_contents {

/// Answers a fetch: as many wants as fit, in order; a node that is not there ends the answer.
StateParts answer(const StateView& view, const StateFetch& fetch);

// What is in the contents of an answer's parts; nothing if the bytes are none. Nothing is proven yet.

std::optional<state_tree::Top> top(ByteView content);
std::optional<std::vector<state_tree::Node>> children(ByteView content);
std::optional<std::vector<Bytes>> digests(ByteView content);
std::optional<std::vector<state_tree::Entry>> entries(ByteView content);

bool selects(ByteView selected, std::size_t i);

}  // namespace quorate::state_contents
