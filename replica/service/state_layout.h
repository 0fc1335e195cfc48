// Where everything lies in the one OrderedMap that is the replicated state (README.md, "State layout").
//
// Numbers inside keys are big endian, so that key order is their order; records are laid out by ByteWriter.
#pragma once

#include "crypto/bytes.h"
#include "messages/types.h"

namespace quorate::state_layout {

inline constexpr std::uint8_t user_prefix = 'k';
inline constexpr std::uint8_t meta_prefix = 'm';
inline constexpr std::uint8_t rejoin_prefix = 'r';
inline constexpr std::uint8_t window_prefix = 'w';

/// 'k' ‖ key
Bytes user_key(ByteView key);
/// 'm': n, ledger head and agreed time
Bytes meta_key();
/// 'r' ‖ replica u32: its REJOINs
Bytes rejoin_key(ReplicaId replica);
/// 'w' ‖ client u32 ‖ t u64: the leaf of an executed operation; t = 0, which no operation has: the low mark
Bytes window_key(ClientId client, Timestamp timestamp);

struct WindowKey {
  ClientId client;
  Timestamp timestamp;
};
/// Requires a key that rejoin_key made.
ReplicaId parse_rejoin_key(ByteView key);
/// Requires a key that window_key made.
WindowKey parse_window_key(ByteView key);

}  // namespace quorate::state_layout
