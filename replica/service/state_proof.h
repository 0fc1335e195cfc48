// The proof that an entry is in a state: its group, and beside the way to the root the digests of all other nodes
// (README.md, "Tree"). Who believes it is in client/state_proof.h.
#pragma once

#include <optional>

#include "messages/ledger.h"
#include "replica/service/state_view.h"

namespace quorate {

/// Nothing when the proof would be larger than state_proof_bytes_max. Of a key that is not there it proves just that.
std::optional<StateProof> prove_entry(const StateView& view, ByteView key);

}  // namespace quorate
