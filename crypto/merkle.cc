#include "crypto/merkle.h"

#include <utility>

#include "crypto/check.h"

namespace quorate {
namespace {

Digest node_of(const Digest& left, const Digest& right) {
  return Hasher("merkle").u8(1).digest(left).digest(right).finish();
}

/// A run of known nodes on one level, and what the levels above need of it.
struct Run {
  std::uint32_t first;
  std::vector<Digest> nodes;

  std::uint32_t end() const { return first + static_cast<std::uint32_t>(nodes.size()); }
};

/// The parents of a run that starts at an even position and ends at an even position or at the level's end.
Run parents_of(const Run& run) {
  Run up{run.first / 2, {}};
  up.nodes.reserve(run.nodes.size() / 2 + 1);
  for (std::size_t i = 0; i < run.nodes.size(); i += 2) {
    const bool promoted = i + 1 == run.nodes.size();
    up.nodes.push_back(promoted ? run.nodes[i] : node_of(run.nodes[i], run.nodes[i + 1]));
  }
  return up;
}

}  // namespace

MerkleTree::MerkleTree(std::vector<Digest> leaves) {
  levels_.push_back(std::move(leaves));
  if (levels_[0].empty()) levels_.push_back({empty_merkle_root()});
  while (levels_.back().size() > 1) levels_.push_back(parents_of({0, levels_.back()}).nodes);
}

std::uint32_t MerkleTree::size() const { return static_cast<std::uint32_t>(levels_[0].size()); }
const Digest& MerkleTree::root() const { return levels_.back()[0]; }

std::vector<Digest> MerkleTree::prove(std::uint32_t first, std::uint32_t count) const {
  check(count >= 1 && first < size() && count <= size() - first, "a proof is asked for leaves that the tree has");
  std::vector<Digest> proof;
  std::uint32_t low = first;
  std::uint32_t end = first + count;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
    const auto& nodes = levels_[level];
    if (low % 2 == 1) proof.push_back(nodes[--low]);
    if (end % 2 == 1 && end < nodes.size()) proof.push_back(nodes[end++]);
    low /= 2;
    end = (end + 1) / 2;
  }
  return proof;
}

Digest empty_merkle_root() { return Hasher("merkle").u8(2).finish(); }

bool merkle_proves(const Digest& root, std::uint32_t tree_size, std::uint32_t first, std::span<const Digest> leaves,
                   std::span<const Digest> proof) {
  if (leaves.empty() || first >= tree_size || leaves.size() > tree_size - first) return false;
  Run run{first, {leaves.begin(), leaves.end()}};
  std::size_t used = 0;
  for (std::uint32_t width = tree_size; width > 1; width = width / 2 + width % 2) {
    if (run.first % 2 == 1) {
      if (used == proof.size()) return false;
      run.nodes.insert(run.nodes.begin(), proof[used++]);
      --run.first;
    }
    if (run.end() % 2 == 1 && run.end() < width) {
      if (used == proof.size()) return false;
      run.nodes.push_back(proof[used++]);
    }
    run = parents_of(run);
  }
  return used == proof.size() && run.nodes.size() == 1 && run.nodes[0] == root;
}

}  // namespace quorate
