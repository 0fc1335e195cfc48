// What `quorate ledger` prints: a line for each block, and on what their proof rests; as text and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/ledger_proof.h"

namespace quorate::command {

std::string ledger_heading();
/// One line, and with bodies one for each operation.
std::string text_of(const LedgerEntry& entry, bool bodies);
/// "blocks 1 to 300 are proven: …"
std::string text_of(const LedgerFoundation& foundation);

/// One object: {"n", "block", "previous", "batch", "operations", "reply_root", "time_us", "view", "signers"}, with
/// bodies also "bodies": [{"client", "t", "operation"}]. What is not held any more is null.
std::string json_of(const LedgerEntry& entry, bool bodies);
/// {"first", "last", "block", "checkpoint": {"n", "signers"}, "block_signers"}.
std::string json_of(const LedgerFoundation& foundation);

/// How many operations the batch has; nothing when the body is not held any more.
std::optional<std::size_t> operations_in(const LedgerEntry& entry);
std::vector<ReplicaId> signers_in(const CommitCertificate& certificate);

}  // namespace quorate::command
