// Schedules in which something counted, left or was dropped before it was durable.
#include "tests/scenarios/scene.h"

namespace quorate::simulation {

TEST_CASE("own-vote-early: a replica whose own COMMIT is not durable does not execute on the strength of it") {
  Scene scene;
  scene.host(1).hold_forces(none_of<PreparedRecord>);
  scene.lose([](Node from, Node to, const Message& message) {
    // Nor does it learn by other ways what was decided.
    const bool other_way =
        std::holds_alternative<CommittedBatch>(message) || std::holds_alternative<StateOffer>(message);
    return to == 1 && ((from == 2 && std::holds_alternative<Commit>(message)) || other_way);
  });
  scene.cluster().start();
  scene.run_until([&] { return scene.host(0).status().last_executed.value >= 4; }, "the others decide");
  scene.run_for(1'000'000);
  CHECK(scene.host(1).status().last_executed == SequenceNumber(0));
  scene.cluster().crash(ReplicaId(1));  // and its COMMIT is gone
  scene.end_well();
}

TEST_CASE("checkpoint-from-memory: a CHECKPOINT does not leave before its slots can be reproduced from the disk") {
  Scene scene(40);
  std::uint64_t left = 0;
  scene.watch([&](Node from, Node, const Message& message) {
    left += from == 1 && std::holds_alternative<Checkpoint>(message) ? 1 : 0;
  });
  scene.host(1).hold_forces(none_of<OwnCheckpointRecord>);
  scene.cluster().start();
  scene.run_until([&] { return scene.host(1).status().last_executed.value >= 4; }, "replica 1 executes the first K");
  scene.run_for(1'000'000);
  CHECK(left == 0);
  CHECK_FALSE(none_of<OwnCheckpointRecord>(scene.host(1).disk().unforced()));  // it would have liked to
  for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().crash(ReplicaId(i));
  scene.end_well();
}

TEST_CASE("dropped-above-state: the log keeps what the durable state lacks, over a power loss of all") {
  Scene scene(60);
  for (std::uint32_t i = 0; i < 4; ++i) scene.host(i).hold_commits(true);
  scene.cluster().start();
  scene.run_until([&] { return scene.host(2).status().low_watermark.value >= 8; }, "a checkpoint is stable");
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(scene.host(i).disk().state().n == SequenceNumber(0));
    CHECK(scene.host(i).disk().log().committed.contains(SequenceNumber(1)));
  }
  for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().crash(ReplicaId(i));
  scene.end_well();
}

TEST_CASE("h-raised-in-memory: no vote above the old H leaves before the proof of the new h is durable") {
  Scene scene(80);
  SequenceNumber highest;
  scene.watch([&](Node from, Node, const Message& message) {
    if (from != 1) return;
    if (const auto* prepare = std::get_if<Prepare>(&message)) highest = std::max(highest, prepare->n);
    if (const auto* commit = std::get_if<Commit>(&message)) highest = std::max(highest, commit->n);
  });
  scene.host(1).hold_forces(none_of<StableRecord>);
  scene.cluster().start();
  scene.run_until([&] { return scene.host(0).status().low_watermark.value >= 16; }, "the others go on");
  CHECK(highest <= SequenceNumber(8));
  CHECK(scene.host(1).status().low_watermark > SequenceNumber(0));
  scene.cluster().crash(ReplicaId(1));
  scene.end_well();
}

TEST_CASE("collected-before-proof: nothing at or below K leaves the disk while the proof of K is only in memory") {
  Scene scene(40);
  for (const std::uint32_t i : {1, 2}) scene.host(i).hold_forces(none_of<StableRecord>);
  scene.cluster().start();
  scene.run_until([&] { return scene.host(1).status().low_watermark.value >= 4; }, "h rises in memory");
  scene.run_for(500'000);
  for (const std::uint32_t i : {1, 2}) {
    const LogImage& log = scene.host(i).disk().log();
    CHECK_FALSE(log.stable);
    for (std::uint64_t n = 1; n <= 4; ++n) CHECK(log.accepted.contains(SequenceNumber(n)));
    scene.cluster().crash(ReplicaId(i));
  }
  scene.end_well();
}

TEST_CASE("siblings-gone: after a restart of all, an old operation is answered in a tree of its own") {
  Scene scene(10, [](Plan& plan) { plan.bad_client = false; });
  const ClientId client = scene.world().bad_client();
  const Node node = scene.world().node(client);
  const BundlePtr bundle =
      scene.bundle(client, 1, {Put{as_bytes("a"), as_bytes("1")}, Put{as_bytes("b"), as_bytes("2")}});
  std::vector<Replies> answers;
  scene.watch([&](Node, Node to, const Message& message) {
    if (const auto* replies = std::get_if<Replies>(&message); replies != nullptr && to == node) {
      answers.push_back(*replies);
    }
  });
  scene.cluster().start();
  scene.inject(node, 0, Request{bundle});
  scene.run_until([&] { return answers.size() >= 4; }, "the bundle is answered");
  const Leaf first = answers[0].leaves.at(0);
  scene.run_for(2'000'000);
  for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().crash(ReplicaId(i));
  for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().restart(ReplicaId(i));
  scene.run_for(2'000'000);
  answers.clear();
  for (Node replica = 0; replica < 4; ++replica) scene.inject(node, replica, Request{bundle});
  scene.run_until([&] { return answers.size() >= 4; }, "the bundle is answered again");
  for (const Replies& replies : answers) {
    CHECK(scene.verifies(replies));
    CHECK(replies.tree_size == 2);
    CHECK(replies.leaves.at(0) == first);
  }
  scene.end_well();
}

}  // namespace quorate::simulation
