// Checks the proof that an entry is in the replicated state, whose root q replicas have signed
// (replica/service/README.md, "Tree"). Code of the client's own: nothing of a replica's is linked here.
#pragma once

#include <optional>

#include "messages/ledger.h"

namespace quorate {

/// The value of the key in the state with this root; nothing when the proof does not show it.
std::optional<Bytes> proven_value(const Digest& root, const StateProof& proof, ByteView key);

}  // namespace quorate
