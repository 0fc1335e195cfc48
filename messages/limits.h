// Every limit that all replicas must share: sizes that are checked before anything is allocated.
//
// They are constants of the protocol version; what a cluster may choose (N, K, L, W) is in genesis.h. The table with
// defaults, units and reasons is in messages/README.md. Each has a test at the limit and one beyond it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quorate::limits {

inline constexpr std::size_t key_bytes_max = 400;
inline constexpr std::size_t value_bytes_max = 96 * 1024;
inline constexpr std::size_t operation_bytes_max = 128 * 1024;
inline constexpr std::size_t result_bytes_max = 128 * 1024;
inline constexpr std::uint32_t transaction_parts_max = 1024;
inline constexpr std::uint32_t scan_entries_max = 1024;
inline constexpr std::uint32_t bundle_operations_max = 512;
inline constexpr std::size_t bundle_bytes_max = 256 * 1024;
inline constexpr std::uint32_t batch_entries_max = 1024;
inline constexpr std::size_t batch_bytes_max = 1024 * 1024;
inline constexpr std::size_t frame_bytes_max = 16 * 1024 * 1024;
inline constexpr std::uint32_t reply_leaves_max = 512;
/// Results in one Replies message, unless a single result is larger.
inline constexpr std::size_t reply_bytes_max = 1024 * 1024;
inline constexpr std::uint32_t proof_digests_max = 64;
inline constexpr std::size_t bitmap_bytes_max = 8 * 1024;
inline constexpr std::size_t health_bytes_max = 1024;
inline constexpr std::uint32_t fetch_batches_max = 64;
/// A key of the replicated state, and the things asked for in one StateFetch.
inline constexpr std::size_t state_key_bytes_max = 510;
inline constexpr std::uint32_t state_wants_max = 64;
/// What a StateParts holds, unless a single part is larger.
inline constexpr std::size_t state_parts_bytes_max = 512 * 1024;
/// Blocks in one answer to a client, and its bytes of bodies unless a single one is larger.
inline constexpr std::uint32_t ledger_blocks_max = 512;
inline constexpr std::size_t ledger_bytes_max = 1024 * 1024;
/// Blocks in one answer to a replica.
inline constexpr std::uint32_t block_run_max = 1024;
/// A proof that is larger is not sent: clients choose keys, and so how large a group is.
inline constexpr std::size_t state_proof_bytes_max = 1024 * 1024;
inline constexpr std::uint32_t state_proof_levels_max = 16;
inline constexpr std::uint32_t clients_max = 4096;
/// A client's t may run ahead of its low mark by this much and no more.
inline constexpr std::uint64_t timestamp_jump_max = std::uint64_t{1} << 32;

}  // namespace quorate::limits
