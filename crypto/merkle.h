// Merkle trees over leaf digests, with proofs for a run of neighbouring leaves.
//
// node = H(0x01 ‖ left ‖ right) under the tag "merkle"; an odd node at the end of a level is promoted unchanged; the
// empty tree has the fixed root H(0x02). Leaves are digests already, made by the caller under a tag of their own, so a
// leaf never equals a node. A proof covers leaves [first, first + count): a client gets all its results of a batch with
// one proof of O(log n) digests.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/digest.h"

namespace quorate {

class MerkleTree {
 public:
  explicit MerkleTree(std::vector<Digest> leaves);
  std::uint32_t size() const;
  const Digest& root() const;
  /// Siblings that a verifier lacks, bottom level first, left before right. Requires count ≥ 1 and first + count ≤
  /// size.
  std::vector<Digest> prove(std::uint32_t first, std::uint32_t count) const;

 private:
  std::vector<std::vector<Digest>> levels_;  // levels_[0] are the leaves
};

/// The root of the empty tree.
Digest empty_merkle_root();

/// True when `leaves` are exactly the leaves [first, first + leaves.size()) of the tree of `tree_size` leaves with
/// `root`. Refuses an empty run, a run beyond the tree, and a proof with a digest too few or too many.
bool merkle_proves(const Digest& root, std::uint32_t tree_size, std::uint32_t first, std::span<const Digest> leaves,
                   std::span<const Digest> proof);

}  // namespace quorate
