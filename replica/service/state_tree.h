// The tree over the replicated state whose root CHECKPOINTs sign (OSDI'99 section 4.6.1, with another tree).
//
// Entries in key order are cut into groups before each key whose digest says so, on several levels: a node of level 1
// is a group, a node of level l + 1 a run of nodes of level l. So the tree depends on the entries alone, not on their
// history; a changed entry costs its group and one node for each level; groups follow key order, as fast transfers
// need. The nodes take about a fortieth of the entries' size. Layout and digests: README.md, "Tree". Clients choose
// keys: one who works against the cut can make groups large, which costs time and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/digest.h"
#include "replica/service/table.h"

namespace quorate::state_tree {

/// Entries of a group, and nodes below a node, on average.
inline constexpr std::uint64_t fan_out = 24;

/// A node: the entries from `first` up to, not including, the next node's first. The first node of a level begins at
/// the empty key.
struct Node {
  Bytes first;
  Digest digest;
  friend bool operator==(const Node&, const Node&) = default;
};
/// The only node of the highest level.
struct Top {
  std::uint8_t level = 1;
  Digest digest;
};
using Entry = std::pair<Bytes, Bytes>;

// --- digests ---

/// How many levels have a node that begins at this key.
std::uint8_t rank(ByteView key);
Digest group_digest(std::span<const Entry> entries);
Digest node_digest(std::uint8_t level, std::span<const Node> children);
Digest root_digest(const Top& top);
/// Tells entries of one group apart, not against a forger: what is made of them is checked by the group's digest.
inline constexpr std::size_t short_digest_bytes = 4;
Bytes short_digest(ByteView key, ByteView value);

// --- the nodes as they lie in a table ---

/// Brings the nodes up to date after the entries with these keys were put or erased. Ascending, each once.
void update(const Table& entries, WritableTable& nodes, std::span<const Bytes> changed);
/// Makes all nodes anew.
void rebuild(const Table& entries, WritableTable& nodes);

// Groups that somebody else computed, of which the entries are here: their nodes are put, and those above made once at
// the end.

/// The entries from `first` up to `next` are one group with this digest, whatever groups were there.
void put_group(WritableTable& nodes, ByteView first, const std::optional<Bytes>& next, const Digest& digest);
/// Makes the nodes above the groups anew.
void rebuild_above_groups(WritableTable& nodes);

/// Requires nodes that update or rebuild made.
Top top(const Table& nodes);
std::optional<Digest> node(const Table& nodes, std::uint8_t level, ByteView first);
/// Where the node of the level begins that holds this key; the level's first one is at the empty key.
Bytes holder(const Table& nodes, std::uint8_t level, ByteView key);
/// Where the level's next node begins; nothing after the last.
std::optional<Bytes> next_first(const Table& nodes, std::uint8_t level, ByteView first);
/// The nodes of `level` with from ≤ first < to; `to` nothing: to the end.
std::vector<Node> nodes_between(const Table& nodes, std::uint8_t level, ByteView from, const std::optional<Bytes>& to);
/// The entries with from ≤ key < to.
std::vector<Entry> entries_between(const Table& entries, ByteView from, const std::optional<Bytes>& to);

}  // namespace quorate::state_tree
