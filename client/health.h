// Asks every replica how it is, once, and waits a while for their signed reports.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "crypto/ed25519.h"
#include "messages/cluster_file.h"
#include "messages/messages.h"
#include "messages/verify.h"

namespace quorate {

/// By replica; nothing for those that did not answer in time. Any client key will do: asking takes no timestamp.
std::vector<std::optional<HealthReport>> ask_health(const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
                                                    std::chrono::milliseconds patience);

/// The signed answer of this replica to this question, if that is what the frame holds. A liar's words may not do
/// anything to the terminal that shows them: what is no printable ASCII character has become '?'.
std::optional<HealthReport> report_in(ByteView frame, const HealthQuery& query, ReplicaId from, Verifier& verifier);

}  // namespace quorate
