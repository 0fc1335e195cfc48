// Answers to clients: one signature a batch, runs of one client, and the limits of one REPLIES.
#include <doctest/doctest.h>

#include "crypto/merkle.h"
#include "messages/limits.h"
#include "messages/verify.h"
#include "replica/service/reply_builder.h"
#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

using testing::digest_filled;
using testing::SampleCluster;

/// Leaves of these clients, one each, with results of so many bytes.
std::vector<Leaf> leaves_of(const std::vector<std::uint32_t>& clients, std::size_t result_bytes = 3) {
  std::vector<Leaf> leaves;
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    Leaf leaf;
    leaf.client = ClientId(clients[i]);
    leaf.timestamp = Timestamp(10 + i);
    leaf.operation_digest = digest_filled(static_cast<std::uint8_t>(i));
    leaf.n = SequenceNumber(4);
    leaf.index = i;
    leaf.result = Bytes(result_bytes, static_cast<std::uint8_t>(i));
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

std::vector<ToClient<Replies>> built(const SampleCluster& cluster, std::span<const Leaf> leaves) {
  return build_replies(cluster.replica(2), ReplicaId(2), View(5), leaves);
}

/// Each message passes a client's verification, and together they hold each leaf once, in order.
void check_whole(const SampleCluster& cluster, std::span<const Leaf> leaves,
                 const std::vector<ToClient<Replies>>& replies) {
  const Ed25519Scheme scheme;
  Verifier verifier(cluster.genesis(), scheme);
  std::size_t at = 0;
  for (const auto& [client, message] : replies) {
    CHECK(verifier.verify(Message(message)).has_value());
    CHECK(message.first == at);
    for (const Leaf& leaf : message.leaves) {
      CHECK(leaf.client == client);
      REQUIRE(at < leaves.size());
      CHECK(leaf == leaves[at]);
      ++at;
    }
  }
  CHECK(at == leaves.size());
}

TEST_CASE("no leaves, no message") {
  const SampleCluster cluster;
  CHECK(built(cluster, {}).empty());
}

TEST_CASE("one message for each run of a client, all under one signature") {
  const SampleCluster cluster;
  const auto leaves = leaves_of({0, 0, 1, 0, 1, 1, 1});
  const auto replies = built(cluster, leaves);
  check_whole(cluster, leaves, replies);
  REQUIRE(replies.size() == 4);
  const std::vector<std::size_t> lengths = {2, 1, 1, 3};
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const Replies& message = replies[i].message;
    CHECK(message.leaves.size() == lengths[i]);
    CHECK(message.signature == replies[0].message.signature);
    CHECK(message.root == replies[0].message.root);
    CHECK(message.tree_size == 7);
    CHECK(message.replica == ReplicaId(2));
    CHECK(message.view_hint == View(5));
  }
}

TEST_CASE("the tree stands over all leaves in order, so all replicas sign the same root") {
  const SampleCluster cluster;
  const auto leaves = leaves_of({0, 1, 0});
  std::vector<Digest> digests;
  for (const Leaf& leaf : leaves) digests.push_back(leaf.digest());
  const Digest root = MerkleTree(digests).root();
  CHECK(built(cluster, leaves)[0].message.root == root);
  CHECK(build_replies(cluster.replica(3), ReplicaId(3), View(0), leaves)[0].message.root == root);
}

TEST_CASE("a stored leaf alone is a tree of one") {
  const SampleCluster cluster;
  const auto leaves = leaves_of({1});
  const auto replies = built(cluster, leaves);
  check_whole(cluster, leaves, replies);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].message.tree_size == 1);
  CHECK(replies[0].message.root == leaves[0].digest());
  CHECK(replies[0].message.proof.empty());
}

TEST_CASE("limit reply_leaves_max") {
  const SampleCluster cluster;
  const auto at_limit = leaves_of(std::vector<std::uint32_t>(limits::reply_leaves_max, 1));
  CHECK(built(cluster, at_limit).size() == 1);
  const auto beyond = leaves_of(std::vector<std::uint32_t>(limits::reply_leaves_max + 1, 1));
  const auto replies = built(cluster, beyond);
  check_whole(cluster, beyond, replies);
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].message.leaves.size() == limits::reply_leaves_max);
  CHECK(replies[1].message.leaves.size() == 1);
}

TEST_CASE("limit reply_bytes_max") {
  const SampleCluster cluster;
  auto leaves = leaves_of({1, 1, 1, 1, 1, 1, 1, 1}, limits::reply_bytes_max / 8);
  auto replies = built(cluster, leaves);
  check_whole(cluster, leaves, replies);
  CHECK(replies.size() == 1);
  leaves[7].result.push_back(0);
  replies = built(cluster, leaves);
  check_whole(cluster, leaves, replies);
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].message.leaves.size() == 7);
}

TEST_CASE("a result larger than reply_bytes_max goes alone") {
  const SampleCluster cluster;
  auto leaves = leaves_of({1, 1, 1});
  leaves[1].result.assign(limits::reply_bytes_max + 1, 7);
  const auto replies = built(cluster, leaves);
  REQUIRE(replies.size() == 3);
  CHECK(replies[1].message.leaves.size() == 1);
}

TEST_CASE("refusals are signed in the replica's name") {
  const SampleCluster cluster;
  const Ed25519Scheme scheme;
  Verifier verifier(cluster.genesis(), scheme);
  const Refusal asked{RefusalReason::too_far, ClientId(1), Timestamp(9), ReplicaId(0), {}};
  const Refusal refusal = signed_refusal(cluster.replica(2), ReplicaId(2), asked);
  CHECK(refusal.replica == ReplicaId(2));
  CHECK(refusal.reason == RefusalReason::too_far);
  CHECK(refusal.client == ClientId(1));
  CHECK(refusal.timestamp == Timestamp(9));
  CHECK(verifier.verify(Message(refusal)).has_value());
}

}  // namespace
}  // namespace quorate
