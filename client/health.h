// Asks every replica how it is, once, and waits a while for their signed reports.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "crypto/ed25519.h"
#include "messages/cluster_file.h"
#include "messages/messages.h"

namespace quorate {

/// By replica; nothing for those that did not answer in time. Any client key will do: asking takes no timestamp.
std::vector<std::optional<HealthReport>> ask_health(const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
                                                    std::chrono::milliseconds patience);

}  // namespace quorate
