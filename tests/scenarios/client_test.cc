// Schedules of clients that break the rules.
#include "messages/limits.h"
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

/// A scene with the bad client's key in the test's hands, and all leaves that replicas sign for it.
struct BadClientScene : Scene {
  BadClientScene() : Scene(20), client(world().bad_client()), node(world().node(client)) {
    watch([this](Node, Node to, const Message& message) {
      if (const auto* replies = std::get_if<Replies>(&message); replies != nullptr && to == node) {
        leaves.insert(leaves.end(), replies->leaves.begin(), replies->leaves.end());
      }
      if (const auto* refusal = std::get_if<Refusal>(&message); refusal != nullptr && to == node) {
        refusals.push_back(*refusal);
      }
    });
  }
  BundlePtr put(std::uint64_t first, std::uint64_t count, const std::string& value) {
    return bundle(client, first, std::vector<Operation>(count, Put{as_bytes("bad"), as_bytes(value)}));
  }

  ClientId client;
  Node node;
  std::vector<Leaf> leaves;
  std::vector<Refusal> refusals;
};

}  // namespace

TEST_CASE("same-t-two-ops: the first in order runs, and no receipt proves the other one") {
  BadClientScene scene;
  scene.cluster().start();
  const BundlePtr one = scene.put(1, 1, "one");
  const BundlePtr two = scene.put(1, 1, "two");
  scene.inject(scene.node, 0, Request{one});
  scene.run_until([&] { return scene.leaves.size() >= 4; }, "the first is answered");
  for (Node replica = 0; replica < 4; ++replica) scene.inject(scene.node, replica, Request{two});
  scene.run_until([&] { return scene.leaves.size() >= 8; }, "the second is answered from the window");
  const Digest executed = operation_digest(scene.client, Timestamp(1), one->view().operations[0]);
  for (const Leaf& leaf : scene.leaves) CHECK(leaf.operation_digest == executed);
  scene.end_well();
}

TEST_CASE("same-t-two-ops in one batch: the second is a duplicate and makes no leaf") {
  BadClientScene scene;
  scene.cluster().start();
  // A traitor primary orders both; what it does is decided by bytes, what runs by the state.
  const std::vector<BundlePtr> both = {scene.put(1, 1, "one"), scene.put(1, 1, "two")};
  const BatchPtr batch = Batch::build(WallTime(1'000'000'000), both);
  const PrePrepareHeader header{View(0), SequenceNumber(1), batch->digest()};
  scene.lose(
      [](Node from, Node, const Message& message) { return from == 0 && std::holds_alternative<PrePrepare>(message); });
  const PrePrepare proposal{header, scene.signer(ReplicaId(0)).sign_header(header), batch};
  for (std::uint32_t backup = 1; backup < 4; ++backup) scene.host(backup).receive(0, proposal);
  Commit commit{View(0), SequenceNumber(1), header.digest, ReplicaId(0), {}};
  scene.signer(ReplicaId(0)).sign(commit);
  scene.run_until([&] { return scene.host(1).disk().log().prepared.contains(SequenceNumber(1)); }, "it is prepared");
  for (std::uint32_t backup = 1; backup < 4; ++backup) scene.host(backup).receive(0, commit);
  scene.run_until([&] { return scene.host(3).status().last_executed.value >= 1; }, "it executes");
  const auto stored = scene.host(3).service().stored(scene.client, Timestamp(1));
  REQUIRE(stored);
  CHECK(stored->index == 0);
  scene.end_well();
}

TEST_CASE("overlapping-bundles: t..t+9 to one replica, t+5..t+14 to the others: nobody stalls, each t runs once") {
  BadClientScene scene;
  scene.cluster().start();
  const BundlePtr low = scene.put(1, 10, "low");
  const BundlePtr high = scene.put(6, 10, "high");
  scene.inject(scene.node, 1, Request{low});
  for (const Node replica : {0, 2, 3}) scene.inject(scene.node, replica, Request{high});
  scene.run_until([&] { return scene.cluster().client(0).done(); }, "the loyal client is served");
  scene.run_for(2'000'000);
  scene.end_well();
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(scene.host(i).status().admitted_bytes == 0);
}

TEST_CASE("far-jump-in-pipeline: a t that is too far is a result of execution, the same wherever a backup stands") {
  BadClientScene scene;
  scene.cluster().start();
  for (std::uint32_t i = 0; i < 4; ++i) scene.host(i).hold_commits(true);
  const std::uint64_t limit = limits::timestamp_jump_max;
  // At low = 0 the limit itself may run, one more may not; once something ran, low may have moved.
  scene.inject(scene.node, 0, Request{scene.put(limit + 1, 1, "too far")});
  scene.run_until([&] { return scene.refusals.size() >= 4; }, "it is refused");
  for (const Refusal& refusal : scene.refusals) CHECK(refusal.reason == RefusalReason::too_far);
  CHECK(scene.leaves.empty());
  scene.inject(scene.node, 0, Request{scene.put(limit, 1, "just near enough")});
  scene.run_until([&] { return scene.leaves.size() >= 4; }, "it runs");
  scene.inject(scene.node, 0, Request{scene.put(limit + 1, 1, "now near enough")});
  scene.run_until([&] { return scene.leaves.size() >= 8; }, "it runs now");
  scene.end_well();
}

}  // namespace quorate::simulation
