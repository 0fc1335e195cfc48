#include "replica/service/state_proof.h"

#include <utility>

#include "messages/limits.h"
#include "replica/service/ordered_map.h"
#include "replica/service/state_tree.h"

namespace quorate {
namespace {

/// The group's content, read no further than to the bound: clients may have made it huge.
std::optional<Bytes> group_of(const Table& entries, ByteView first, const std::optional<Bytes>& next) {
  ByteWriter content;
  entries.scan(first, [&](ByteView key, ByteView value) {
    if (next && !ByteOrder()(key, *next)) return false;
    content.prefixed(key);
    content.prefixed(value);
    return content.size() <= limits::state_proof_bytes_max;
  });
  if (content.size() > limits::state_proof_bytes_max) return std::nullopt;
  return content.take();
}

/// What the digest of the node above them covers.
Bytes children_of(const std::vector<state_tree::Node>& nodes) {
  ByteWriter content;
  for (const state_tree::Node& node : nodes) {
    content.prefixed(node.first);
    content.raw(node.digest.bytes);
  }
  return content.take();
}

}  // namespace

std::optional<StateProof> prove_entry(const StateView& view, ByteView key) {
  const Table& nodes = view.nodes();
  StateProof proof;
  Bytes first = state_tree::holder(nodes, 1, key);
  auto group = group_of(view.entries(), first, state_tree::next_first(nodes, 1, first));
  if (!group) return std::nullopt;
  proof.group = std::move(*group);
  const std::uint8_t highest = state_tree::top(nodes).level;
  std::size_t bytes = proof.group.size();
  for (std::uint8_t level = 2; level <= highest; ++level) {
    first = state_tree::holder(nodes, level, key);
    const auto next = state_tree::next_first(nodes, level, first);
    const auto below = static_cast<std::uint8_t>(level - 1);
    proof.levels.push_back(children_of(state_tree::nodes_between(nodes, below, first, next)));
    bytes += proof.levels.back().size();
    if (bytes > limits::state_proof_bytes_max) return std::nullopt;
  }
  return proof;
}

}  // namespace quorate
