// Schedules of liars: a primary, a backup, a replica that answers clients.
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

/// Scripts of the normal case: whatever happens, nobody complains in time.
void no_view_change(Plan& plan) { plan.view_timeout_us = 3'600'000'000; }

WallTime wall(std::uint64_t us) { return WallTime(1'000'000'000 + us); }

}  // namespace

TEST_CASE("time-outside-digest: one batch with two times is two digests; neither gathers a quorum, no state splits") {
  Scene scene(0);
  const ClientId client = scene.world().bad_client();
  const std::vector<BundlePtr> bundles = {scene.bundle(client, 1, {Put{as_bytes("a"), as_bytes("1")}})};
  const BatchPtr early = Batch::build(wall(1), bundles);
  const BatchPtr late = Batch::build(wall(2), bundles);
  REQUIRE(early->digest() != late->digest());
  const auto proposal = [&](const BatchPtr& batch) {
    const PrePrepareHeader header{View(0), SequenceNumber(1), batch->digest()};
    return PrePrepare{header, scene.signer(ReplicaId(0)).sign_header(header), batch};
  };
  CHECK(scene.verifies(proposal(early)));
  PrePrepare swapped = proposal(early);
  swapped.batch = late;
  CHECK_FALSE(scene.verifies(swapped));

  scene.cluster().start();
  scene.cluster().crash(ReplicaId(0));  // its key is the traitor's
  scene.inject(0, 1, proposal(early));
  for (const Node backup : {2, 3}) scene.inject(0, backup, proposal(late));
  scene.inject(0, 1, swapped);
  scene.run_for(scene.world().plan.view_timeout_us / 2);
  for (std::uint32_t i = 1; i < 4; ++i) {
    CHECK(scene.executed(i) == SequenceNumber(0));
    CHECK(scene.host(i).disk().log().accepted.size() == 1);
  }
  CHECK(scene.host(1).disk().log().prepared.empty());

  // Two have prepared the later one, so it is what the next view carries, for everybody.
  scene.run_until(
      [&] {
        return scene.all({1, 2, 3}, [&](auto i) { return scene.executed(i) == SequenceNumber(1); });
      },
      "the slot is executed in a later view");
  for (std::uint32_t i = 1; i < 4; ++i) {
    CHECK(scene.view(i) > View(0));
    CHECK(scene.host(i).service().ledger_head() == scene.host(1).service().ledger_head());
  }
  scene.end_well();
}

TEST_CASE("relayed-forgery: a forged vote of A that T relays takes no place; A's own counts") {
  Scene scene(20);
  scene.lose(
      [](Node from, Node, const Message&) { return from == 3; });  // T says nothing of its own: A's votes are needed
  scene.cluster().start();
  for (std::uint64_t n = 1; n <= 8; ++n) {
    Prepare forged{View(0), SequenceNumber(n), null_digest(), ReplicaId(1), {}};
    scene.signer(ReplicaId(3)).sign(forged);  // signed with T's key, in A's name
    scene.host(2).receive(3, forged);
    Commit good{View(0), SequenceNumber(n), null_digest(), ReplicaId(3), {}};
    scene.signer(ReplicaId(3)).sign(good);
    scene.host(2).receive(1, good);  // T's own vote, over A's connection
  }
  scene.run_until([&] { return scene.cluster().client(0).done(); }, "every request is answered without T");
  const auto& rejects = scene.host(2).status().rejects;
  CHECK(rejects[static_cast<std::size_t>(Reject::sender_not_channel)] > 0);
  CHECK(rejects[static_cast<std::size_t>(Reject::conflicting_vote)] == 0);
  scene.end_well();
}

TEST_CASE("huge-mark: a liar that answers 2^63 to a starting client does not move its first timestamp") {
  Scene scene(20);
  std::vector<Timestamp> firsts;
  MessagePtr lie;
  scene.watch([&](Node from, Node, const Message& message) {
    if (const auto* request = std::get_if<Request>(&message); request != nullptr && from >= 4) {
      firsts.push_back(request->bundle->view().first);
    }
    if (const auto* query = std::get_if<MarkQuery>(&message)) {
      MarkAnswer answer{query->client, query->nonce, Timestamp(std::uint64_t{1} << 63), ReplicaId(3), View(), {}};
      scene.signer(ReplicaId(3)).sign(answer);
      scene.cluster().client(0).receive(3, answer);
    }
  });
  scene.lose([](Node from, Node to, const Message& message) {
    return from == 3 && to >= 4 && std::holds_alternative<MarkAnswer>(message);
  });
  scene.cluster().start();
  scene.run_until([&] { return scene.cluster().client(0).done(); }, "every request is answered");
  REQUIRE_FALSE(firsts.empty());
  for (const Timestamp first : firsts) CHECK(first < Timestamp(1'000));
  scene.end_well();
}

TEST_CASE("clock-held: a primary whose clock is ahead by more than the bound slows the cluster and splits nothing") {
  Scene scene(10, no_view_change);
  const std::uint64_t bound = scene.world().plan.time_bound_us;
  scene.host(0).set_skew(static_cast<std::int64_t>(3 * bound));
  scene.cluster().start();
  scene.run_for(bound);
  for (std::uint32_t i = 1; i < 4; ++i) {
    CHECK(scene.host(i).status().last_executed == SequenceNumber(0));
    CHECK(scene.host(i).status().rejects[static_cast<std::size_t>(Reject::time_ahead)] > 0);
  }
  // The clocks of two backups are ahead as well: their PREPAREs vouch for the time, and the third follows.
  scene.host(1).set_skew(static_cast<std::int64_t>(3 * bound));
  scene.host(2).set_skew(static_cast<std::int64_t>(3 * bound));
  scene.run_until([&] { return scene.host(3).status().last_executed.value > 0; }, "the held slots are accepted");
  CHECK(scene.world().events.now_us() < 2 * bound);  // before replica 3's own clock got there
  scene.end_well();
}

}  // namespace quorate::simulation
