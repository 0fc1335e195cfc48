// Merkle trees: each run of leaves of each small tree is proven by its own proof and by nothing else.
#include "crypto/merkle.h"

#include <doctest/doctest.h>

namespace quorate {
namespace {

Digest leaf(std::uint32_t i) { return Hasher("test leaf").u32(i).finish(); }

std::vector<Digest> leaves_of(std::uint32_t count) {
  std::vector<Digest> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(leaf(i));
  return out;
}

Digest node(const Digest& left, const Digest& right) {
  return Hasher("merkle").u8(1).digest(left).digest(right).finish();
}

TEST_CASE("roots of the smallest trees") {
  CHECK(MerkleTree({}).root() == Hasher("merkle").u8(2).finish());
  CHECK(MerkleTree({}).root() == empty_merkle_root());
  CHECK(MerkleTree({}).size() == 0);
  CHECK(MerkleTree(leaves_of(1)).root() == leaf(0));
  CHECK(MerkleTree(leaves_of(2)).root() == node(leaf(0), leaf(1)));
  CHECK(MerkleTree(leaves_of(3)).root() == node(node(leaf(0), leaf(1)), leaf(2)));
  CHECK(MerkleTree(leaves_of(5)).root() == node(node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3))), leaf(4)));
}

TEST_CASE("each run of leaves is proven, and neither another place, size, leaf nor proof of another length") {
  for (std::uint32_t size = 1; size <= 40; ++size) {
    const std::vector<Digest> leaves = leaves_of(size);
    const MerkleTree tree(leaves);
    for (std::uint32_t first = 0; first < size; ++first) {
      for (std::uint32_t count = 1; count <= size - first; ++count) {
        const std::span<const Digest> run = std::span(leaves).subspan(first, count);
        const std::vector<Digest> proof = tree.prove(first, count);
        REQUIRE(merkle_proves(tree.root(), size, first, run, proof));
        std::vector<Digest> longer = proof;
        longer.push_back(leaf(0));
        REQUIRE_FALSE(merkle_proves(tree.root(), size, first, run, longer));
        if (!proof.empty()) {
          REQUIRE_FALSE(merkle_proves(tree.root(), size, first, run, std::span(proof).first(proof.size() - 1)));
        }
        REQUIRE_FALSE(merkle_proves(tree.root(), size, first + 1, run, proof));
        if (count > 1) REQUIRE_FALSE(merkle_proves(tree.root(), size, first, run.first(count - 1), proof));
        std::vector<Digest> forged(run.begin(), run.end());
        forged.back() = leaf(1000);
        REQUIRE_FALSE(merkle_proves(tree.root(), size, first, forged, proof));
      }
    }
  }
}

TEST_CASE("each digest of a proof counts") {
  const std::vector<Digest> leaves = leaves_of(37);
  const MerkleTree tree(leaves);
  std::vector<Digest> proof = tree.prove(5, 3);
  for (Digest& part : proof) {
    part.bytes[31] ^= 1;
    CHECK_FALSE(merkle_proves(tree.root(), 37, 5, std::span(leaves).subspan(5, 3), proof));
    part.bytes[31] ^= 1;
  }
}

TEST_CASE("runs that no tree has are refused") {
  const std::vector<Digest> leaves = leaves_of(4);
  const MerkleTree tree(leaves);
  CHECK_FALSE(merkle_proves(tree.root(), 4, 0, {}, {}));
  CHECK_FALSE(merkle_proves(empty_merkle_root(), 0, 0, {}, {}));
  CHECK_FALSE(merkle_proves(tree.root(), 3, 0, leaves, {}));
  CHECK_FALSE(merkle_proves(tree.root(), 4, 1, leaves, {}));
  CHECK_FALSE(merkle_proves(tree.root(), 4, 0xffffffff, leaves, {}));
  CHECK_FALSE(merkle_proves(leaf(0), 0xffffffff, 0xfffffffe, std::span(leaves).first(1), {}));
}

}  // namespace
}  // namespace quorate
