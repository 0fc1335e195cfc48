// Slots into blocks: leaves and their places, the chain, agreed time, null slots, and what a restart finds.
#include <doctest/doctest.h>

#include "crypto/merkle.h"
#include "replica/service/state_layout.h"
#include "tests/support/sample_messages.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

Digest block_digest(const Digest& previous, SequenceNumber n, const Digest& batch, const Digest& reply_root,
                    WallTime agreed_time) {
  return Block{n, previous, batch, reply_root, agreed_time}.digest();
}

using testing::bytes_of;
using testing::decoded;
using testing::encoded;
using testing::entries_of;
using testing::ServiceRig;
using testing::unsigned_bundle;

const Operation add_one = Add{as_bytes("a"), 1};
const Operation read = Get{as_bytes("a")};

Digest root_of(const std::vector<Leaf>& leaves) {
  std::vector<Digest> digests;
  for (const Leaf& leaf : leaves) digests.push_back(leaf.digest());
  return MerkleTree(std::move(digests)).root();
}

TEST_CASE("the empty map is the state at 0") {
  MemoryMap map;
  ServiceRig rig(map);
  CHECK(rig.service().last_executed() == SequenceNumber(0));
  CHECK(rig.service().ledger_head() == rig.genesis().cluster_id());
  CHECK(rig.service().ledger_head() == rig.genesis().cluster_id());
  CHECK(rig.service().agreed_time() == WallTime(0));
  CHECK(entries_of(map).empty());
}

TEST_CASE("a leaf says what was executed, where, and how it ended") {
  MemoryMap map;
  ServiceRig rig(map);
  rig.run_null();
  const ExecutedBatch batch = rig.run(
      {unsigned_bundle(1, 5, {encoded(add_one), encoded(read)}), unsigned_bundle(0, 9, {Bytes{0}, encoded(add_one)})});
  CHECK(batch.n == SequenceNumber(2));
  REQUIRE(batch.leaves.size() == 4);
  const auto& leaves = batch.leaves;
  CHECK(leaves[0].client == ClientId(1));
  CHECK(leaves[0].timestamp == Timestamp(5));
  CHECK(leaves[1].timestamp == Timestamp(6));
  CHECK(leaves[2].client == ClientId(0));
  CHECK(leaves[3].timestamp == Timestamp(10));
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(leaves[i].n == SequenceNumber(2));
    CHECK(leaves[i].index == i);
  }
  CHECK(leaves[0].operation_digest == operation_digest(ClientId(1), Timestamp(5), encoded(add_one)));
  CHECK(leaves[2].operation_digest == operation_digest(ClientId(0), Timestamp(9), Bytes{0}));
  CHECK(leaves[2].status == OperationStatus::malformed);
  CHECK(leaves[2].result.empty());
  const Version version{SequenceNumber(2), 0};
  CHECK(decoded(leaves[0].result) == OperationResult(Sum{version, 1}));
  CHECK(decoded(leaves[1].result) == OperationResult(Found{version, bytes_of("1")}));
  CHECK(decoded(leaves[3].result) == OperationResult(Sum{{SequenceNumber(2), 3}, 2}));
}

TEST_CASE("indexes count all operations of the batch, also those without a leaf") {
  MemoryMap map;
  ServiceRig rig(map);
  rig.run(0, 2, add_one);
  const ExecutedBatch batch = rig.run({unsigned_bundle(0, 1, {encoded(add_one), encoded(add_one), encoded(add_one)})});
  REQUIRE(batch.leaves.size() == 2);
  CHECK(batch.leaves[0].index == 0);
  CHECK(batch.leaves[1].index == 2);
  CHECK(batch.duplicates.size() == 1);
}

TEST_CASE("a block is the digest of what came before it and of its slot") {
  MemoryMap map;
  ServiceRig rig(map);
  const BatchPtr body = Batch::build(WallTime(50), std::vector{unsigned_bundle(0, 1, {encoded(add_one)})});
  const ExecutedBatch batch = rig.service().execute(SequenceNumber(1), body->digest(), body.get());
  const Digest first =
      block_digest(rig.genesis().cluster_id(), SequenceNumber(1), body->digest(), root_of(batch.leaves), WallTime(50));
  CHECK(batch.block.digest() == first);
  CHECK(rig.service().ledger_head() == first);
  CHECK(rig.service().ledger_head() == first);
  const ExecutedBatch null = rig.run_null();
  CHECK(null.leaves.empty());
  CHECK(null.block.digest() ==
        block_digest(first, SequenceNumber(2), null_digest(), empty_merkle_root(), WallTime(50)));
}

TEST_CASE("every part of a block counts") {
  const Digest a = testing::digest_filled(1);
  const Digest b = testing::digest_filled(2);
  const Digest block = block_digest(a, SequenceNumber(1), a, a, WallTime(1));
  CHECK(block != block_digest(b, SequenceNumber(1), a, a, WallTime(1)));
  CHECK(block != block_digest(a, SequenceNumber(2), a, a, WallTime(1)));
  CHECK(block != block_digest(a, SequenceNumber(1), b, a, WallTime(1)));
  CHECK(block != block_digest(a, SequenceNumber(1), a, b, WallTime(1)));
  CHECK(block != block_digest(a, SequenceNumber(1), a, a, WallTime(2)));
}

TEST_CASE("agreed time never goes back") {
  MemoryMap map;
  ServiceRig rig(map);
  const auto after = [&rig](std::uint64_t t, std::uint64_t time) {
    return rig.run({unsigned_bundle(0, t, {encoded(read)})}, time).agreed_time.value;
  };
  CHECK(after(1, 100) == 100);
  CHECK(after(2, 99) == 100);
  CHECK(after(3, 100) == 100);
  CHECK(after(4, 101) == 101);
  CHECK(rig.run_null().agreed_time == WallTime(101));
  CHECK(rig.service().agreed_time() == WallTime(101));
}

TEST_CASE("a slot without a leaf has the empty reply root") {
  MemoryMap map;
  ServiceRig rig(map);
  rig.run(0, 1, add_one);
  const Digest head = rig.service().ledger_head();
  const BatchPtr body = Batch::build(WallTime(1), std::vector{unsigned_bundle(0, 1, {encoded(add_one)})});
  const ExecutedBatch batch = rig.service().execute(SequenceNumber(2), body->digest(), body.get());
  CHECK(batch.leaves.empty());
  CHECK(batch.block.digest() ==
        block_digest(head, SequenceNumber(2), body->digest(), empty_merkle_root(), WallTime(1)));
}

TEST_CASE("a checkpoint is the whole state: a restart finds it and goes on the same") {
  MemoryMap map;
  Digest head;
  {
    ServiceRig rig(map);
    rig.run({unsigned_bundle(0, 1, {encoded(add_one)})}, 70);
    rig.run_null();
    rig.service().write_checkpoint();
    head = rig.service().ledger_head();
    CHECK(map.get(state_layout::meta_key()).has_value());
  }
  MemoryMap copy = map;
  ServiceRig a(map);
  ServiceRig b(copy);
  CHECK(a.service().last_executed() == SequenceNumber(2));
  CHECK(a.service().ledger_head() == head);
  CHECK(a.service().agreed_time() == WallTime(70));
  const ExecutedBatch from_a = a.run(0, 2, add_one);
  CHECK(from_a.leaves == b.run(0, 2, add_one).leaves);
  CHECK(a.service().ledger_head() == b.service().ledger_head());
  CHECK(from_a.agreed_time == WallTime(70));
}

TEST_CASE("only a checkpoint writes the meta record and windows") {
  MemoryMap map;
  ServiceRig rig(map);
  rig.run(0, 1, read);
  CHECK(entries_of(map).empty());
  rig.service().write_checkpoint();
  CHECK(entries_of(map).size() == 2);
}

}  // namespace
}  // namespace quorate
