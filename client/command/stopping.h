// Stops replicas and waits for their end.
#pragma once

#include <chrono>
#include <vector>

#include "client/command/commands.h"

namespace quorate::command {

/// SIGTERM to all of them first, so that they stop at the same time. A paused replica is resumed, or it would not hear
/// of it. Status unknown, with a message, when one still runs after this time.
Status stop_these(const Directory& directory, const std::vector<ReplicaId>& replicas, std::chrono::seconds patience);

}  // namespace quorate::command
