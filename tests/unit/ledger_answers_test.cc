// What a replica puts into an answer: as much as fits, the proof of the state's record, and blocks joined without a
// gap.
#include "replica/service/ledger_answers.h"

#include <doctest/doctest.h>

#include "client/state_proof.h"
#include "replica/service/state_proof.h"
#include "replica/service/state_tree.h"
#include "tests/support/ledger_rig.h"

namespace quorate {
namespace {

using testing::LedgerRig;
using testing::MemoryState;
using testing::MemoryView;

/// Slots with one operation of so many bytes each.
struct Fat {
  Fat(std::size_t count, std::size_t bytes) {
    testing::SampleCluster cluster;
    Digest previous = cluster.genesis().cluster_id();
    for (std::uint64_t n = 1; n <= count; ++n) {
      const std::vector<Bytes> operations(bytes / 65536, Bytes(65536, 1));
      std::vector<BundlePtr> bundles;
      for (std::size_t i = 0; i < operations.size(); i += 2) {
        bundles.push_back(cluster.client(0).sign_bundle(ClientId(0), Timestamp(n * 100 + i),
                                                        std::vector<Bytes>{operations[i], operations[i]}));
      }
      const BatchPtr batch = Batch::build(WallTime(n), bundles);
      const Block block{SequenceNumber(n), previous, batch->digest(), {}, WallTime(n)};
      previous = block.digest();
      holdings.blocks.push_back(block);
      holdings.marks.push_back({{View(), block.n, batch->digest(), {}}, batch});
    }
    holdings.oldest = SequenceNumber(1);
    holdings.newest = SequenceNumber(count);
  }
  std::size_t answered(LedgerWants wants) const {
    return ledger_answer(ReplicaId(0), LedgerQuery{ClientId(0), 1, SequenceNumber(1), 100, wants, {}}, holdings)
        .entries.size();
  }
  LedgerHoldings holdings;
};

MemoryState state_of(std::uint64_t keys, std::size_t value_bytes) {
  MemoryState state;
  state.n = SequenceNumber(8);
  for (std::uint64_t i = 0; i < keys; ++i) {
    state.entries.put(as_bytes("k" + std::to_string(i)), Bytes(value_bytes, static_cast<std::uint8_t>(i)));
  }
  state.entries.put(as_bytes("m"), as_bytes("the record"));
  state_tree::rebuild(state.entries, state.nodes);
  return state;
}

std::optional<StateProof> proof_in(const MemoryState& state) {
  return prove_entry(MemoryView(std::make_shared<const MemoryState>(state)), as_bytes("m"));
}

}  // namespace

TEST_CASE("limit ledger_bytes_max: bodies end an answer, and a single one always fits") {
  const LedgerWants bodies{false, true, false};
  CHECK(Fat(5, 4 * 65536).answered(bodies) == 3);  // each has some bytes beside its operations
  CHECK(Fat(5, 4 * 65536).answered({true, false, false}) == 5);
  CHECK(Fat(2, 14 * 65536).answered(bodies) == 1);
}

TEST_CASE("an entry is proven in states of every size, and nothing else is") {
  for (const std::uint64_t keys : {0, 1, 30, 1'000, 20'000}) {
    const MemoryState state = state_of(keys, 20);
    const auto proof = proof_in(state);
    REQUIRE(proof.has_value());
    CHECK(proof->levels.size() + 1 == state_tree::top(state.nodes).level);
    const auto value = proven_value(state.root(), *proof, as_bytes("m"));
    REQUIRE(value.has_value());
    CHECK(as_text(*value) == "the record");
    CHECK_FALSE(proven_value(state.root(), *proof, as_bytes("n")).has_value());
    CHECK_FALSE(proven_value(testing::digest_filled(1), *proof, as_bytes("m")).has_value());
  }
}

TEST_CASE("a proof that is altered anywhere proves nothing") {
  const MemoryState state = state_of(2'000, 20);
  const StateProof good = proof_in(state).value();
  REQUIRE(good.levels.size() >= 2);
  const auto proves = [&](const StateProof& proof) {
    return proven_value(state.root(), proof, as_bytes("m")).has_value();
  };
  REQUIRE(proves(good));
  StateProof bad = good;
  for (std::size_t i = 0; i < bad.group.size(); ++i) {
    bad.group[i] ^= 1;
    CHECK_FALSE(proves(bad));
    bad.group[i] ^= 1;
  }
  for (Bytes& level : bad.levels) {
    for (std::size_t i = 0; i < level.size(); ++i) {
      level[i] ^= 1;
      CHECK_FALSE(proves(bad));
      level[i] ^= 1;
    }
  }
  bad.levels.pop_back();
  CHECK_FALSE(proves(bad));
  bad = good;
  bad.levels.push_back(bad.levels.back());
  CHECK_FALSE(proves(bad));
  // A group of one's own, below a node that is true: the node must name it.
  bad = good;
  ByteWriter forged;
  forged.prefixed(as_bytes("m"));
  forged.prefixed(as_bytes("a forgery"));
  bad.group = forged.take();
  CHECK_FALSE(proves(bad));
}

TEST_CASE("limit state_proof_bytes_max: a group that clients made too large is not sent") {
  // Keys behind no boundary: one group, which grows until the proof is too large.
  MemoryState state;
  state.n = SequenceNumber(8);
  state.entries.put(as_bytes("m"), as_bytes("the record"));
  std::uint64_t added = 0;
  for (std::uint64_t i = 0; added < 11; ++i) {
    const std::string key = "k" + std::to_string(i);
    if (state_tree::rank(as_bytes(key)) != 0) continue;
    state.entries.put(as_bytes(key), Bytes(96 * 1024, 1));
    ++added;
    state_tree::rebuild(state.entries, state.nodes);
    CHECK(proof_in(state).has_value() == (added < 11));
  }
}

TEST_CASE("blocks are joined where they follow each other") {
  const LedgerRig rig(9, 0);
  const auto some = [&](std::size_t first, std::size_t last) {
    return std::vector<Block>(rig.blocks().begin() + static_cast<std::ptrdiff_t>(first - 1),
                              rig.blocks().begin() + static_cast<std::ptrdiff_t>(last));
  };
  CHECK(joined(some(1, 5), some(6, 9)) == some(1, 9));
  CHECK(joined(some(1, 6), some(4, 9)) == some(1, 9));
  CHECK(joined(some(1, 3), some(6, 9)) == some(1, 3));
  CHECK(joined({}, some(6, 9)) == some(6, 9));
  CHECK(joined(some(2, 4), {}) == some(2, 4));
}

}  // namespace quorate
