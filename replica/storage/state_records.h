// The records of the state's environment: which state it holds, the map's entries, and the nodes of the tree over them
// (README.md, "State environment").
#pragma once

#include <optional>
#include <string>

#include "crypto/digest.h"
#include "messages/types.h"
#include "replica/storage/lmdb_environment.h"

namespace quorate {

inline constexpr std::uint8_t state_node_prefix = 2;
/// The last of all records but the blocks: LMDB fills its pages when what is written in ascending order goes to the
/// end.
inline constexpr std::uint8_t state_entry_prefix = 4;

/// Of which slot the entries are the state. Not whole: a transfer is under way, and they are no state at all.
struct DurableState {
  SequenceNumber n;
  Digest root;
  bool whole = true;
};

Bytes durable_state_key();
Bytes encode_durable_state(const DurableState& state);
std::optional<DurableState> decode_durable_state(ByteView value);
/// Errors: damage.
Result<DurableState> read_durable_state(const LmdbEnvironment& environment, StoreTransaction& transaction);

/// What is wrong with a record; nothing if it is sound.
std::optional<std::string> check_state_record(StoreTransaction& transaction, const Cursor::Entry& entry);

}  // namespace quorate
