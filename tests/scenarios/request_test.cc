// Schedules of requests: where a client's words get to, who waits for them, and what a wait may cost.
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t view_timeout_us = 300'000;

/// The loyal client does nothing; the test signs for the other one.
struct RequestScene : Scene {
  explicit RequestScene(std::uint64_t operations = 0, const std::function<void(Plan&)>& adjust = nullptr)
      : Scene(operations, adjust), client(world().bad_client()), node(world().node(client)) {
    watch([this](Node, Node to, const Message& message) {
      if (const auto* replies = std::get_if<Replies>(&message); replies != nullptr && to == node) {
        leaves.insert(leaves.end(), replies->leaves.begin(), replies->leaves.end());
      }
    });
  }
  BundlePtr put(std::uint64_t t, const std::string& value) {
    return bundle(client, t, {Put{as_bytes("key"), as_bytes(value)}});
  }
  bool executed_by(std::uint32_t replica, std::uint64_t t) {
    return host(replica).service().stored(client, Timestamp(t)).has_value();
  }
  bool accepted(std::uint32_t replica, std::uint64_t n) {
    return host(replica).disk().log().accepted.contains(SequenceNumber(n));
  }

  ClientId client;
  Node node;
  std::vector<Leaf> leaves;
};

bool vote(const Message& message) { return is<Prepare>(message) || is<Commit>(message); }

}  // namespace

TEST_CASE("one-replica-request: a client reaches the primary alone, and backups know its request from a pre-prepare") {
  RequestScene scene;
  const Node node = scene.node;
  std::uint64_t reached_others = 0;
  const auto only_0 = [node](Node from, Node to) { return from == node && to != 0; };
  scene.lose([&](Node from, Node to, const Message& message) {
    return only_0(from, to) || (vote(message) && scene.host(to).up() && scene.view(to) == View(0)) || fetched(message);
  });
  scene.watch(
      [&](Node, Node to, const Message& message) { reached_others += is<Request>(message) && to != 0 ? 1 : 0; });
  scene.cluster().start();
  const BundlePtr request = scene.put(1, "one");
  scene.inject(node, 0, Request{request});
  scene.run_until([&] { return scene.all({1, 2, 3}, [&](auto i) { return scene.accepted(i, 1); }); }, "it is accepted");
  scene.cluster().crash(ReplicaId(0));
  scene.run_until([&] { return scene.serves(View(1), {1, 2, 3}); }, "the backups, whom nobody asked, leave the view");
  CHECK(reached_others == 0);
  scene.cluster().restart(ReplicaId(0));
  scene.run_until([&] { return scene.serves(View(1), {0}); }, "it is a backup");
  scene.lose([&](Node from, Node to, const Message&) { return only_0(from, to); });
  scene.inject(node, 0, Request{request});  // the client still reaches it alone
  scene.run_until([&] { return scene.leaves.size() >= 4; }, "the request is answered");
  CHECK(reached_others > 0);  // by replica 0
  scene.end_well();
}

TEST_CASE("forwarded-bundle: a request sent to backups only costs no view") {
  RequestScene scene;
  std::uint64_t view_changes = 0;
  scene.watch([&](Node, Node, const Message& message) { view_changes += is<ViewChangePtr>(message) ? 1 : 0; });
  scene.cluster().start();
  for (std::uint64_t t = 1; t <= 8; ++t) {
    const BundlePtr request = scene.put(t, std::to_string(t));
    for (const Node backup : {1, 2, 3}) {
      if (t % 2 == 0 || backup == 1 + t % 3) scene.inject(scene.node, backup, Request{request});
    }
    scene.run_until([&] { return scene.executed_by(3, t); }, "the backups bring it to the primary");
  }
  scene.run_for(4 * view_timeout_us);
  CHECK(view_changes == 0);
  scene.end_well();
}

TEST_CASE("storm-two-ops: one t, another operation for each replica: one runs, nobody waits for the others") {
  RequestScene scene(20);
  scene.cluster().start();
  std::uint64_t overlaps = 0;
  for (std::uint64_t t = 1; t <= 16; ++t) {
    for (Node replica = 0; replica < 4; ++replica) {
      // Each backup admits its own, and the primary the first that gets there.
      scene.inject(scene.node, replica, Request{scene.put(t, "value " + std::to_string(replica))});
    }
    scene.run_until(
        [&] {
          return scene.all({0, 1, 2, 3}, [&](auto i) { return scene.executed_by(i, t); });
        },
        "one of them runs");
  }
  scene.run_for(4 * view_timeout_us);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const CoreStatus status = scene.host(i).status();
    CHECK(status.view == View(0));
    CHECK(status.admitted_bytes == 0);
    overlaps += status.rejects[static_cast<std::size_t>(Reject::overlapping_bundle)] +
                status.rejects[static_cast<std::size_t>(Reject::already_executed)];
  }
  CHECK(overlaps > 0);
  scene.end_well();
}

TEST_CASE("storm-quota: what many backups have admitted is more than one quota of the primary's, and costs no view") {
  RequestScene scene(20, [](Plan& plan) {
    plan.client_bytes_max = 20'000;
    plan.client_window = 256;
  });
  scene.cluster().start();
  constexpr std::uint64_t requests = 60;
  for (std::uint64_t t = 1; t <= requests; ++t) {
    // Each backup gets a third of them, which is just within its quota.
    scene.inject(scene.node, static_cast<Node>(1 + t % 3), Request{scene.put(t, std::string(800, 'v'))});
  }
  scene.run_until([&] { return scene.host(1).status().admitted_bytes > 10'000; }, "a backup has admitted much");
  scene.run_until(
      [&] {
        return scene.all({0, 1, 2, 3}, [&](auto i) { return scene.executed_by(i, requests); });
      },
      "the last of them is executed");
  scene.run_for(8 * view_timeout_us);
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(scene.view(i) == View(0));
    CHECK(scene.host(i).status().admitted_bytes == 0);
    for (std::uint64_t t = 1; t <= requests; ++t) CHECK(scene.executed_by(i, t));
  }
  scene.end_well();
}

TEST_CASE("zero-rate-start: the primary is dead from the first moment; what nobody has executed yet is waited for") {
  // No quota of bytes lets anything in, so what is admitted is the one bundle that each client always has.
  RequestScene scene(6, [](Plan& plan) { plan.client_bytes_max = 1; });
  scene.cluster().start();
  scene.cluster().crash(ReplicaId(0));
  scene.run_until([&] { return scene.client_done(); }, "every request is answered");
  CHECK(scene.all({1, 2, 3}, [&](auto i) { return scene.view(i) >= View(1); }));
  scene.end_well();
}

TEST_CASE("null-keeps-quiet: null batches and requests that ran already feed no timer") {
  RequestScene scene;
  scene.cluster().start();
  const BundlePtr first = scene.put(1, "one");
  scene.inject(scene.node, 0, Request{first});
  scene.run_until([&] { return scene.all({1, 2, 3}, [&](auto i) { return scene.executed_by(i, 1); }); }, "it runs");
  scene.cluster().crash(ReplicaId(0));  // its key is the traitor's, and its connections
  scene.run_for(2'000);
  for (const Node backup : {1, 2, 3}) scene.host(backup).connected(ReplicaId(0));
  const std::vector<BundlePtr> again = {first};
  const BundlePtr waiting = scene.put(2, "two");
  for (const Node backup : {1, 2, 3}) scene.inject(scene.node, backup, Request{waiting});
  std::uint64_t quiet_slots = 0;
  while (scene.all({1, 2, 3}, [&](auto i) { return scene.view(i) == View(0); })) {
    const SequenceNumber n = scene.executed(1) + 1;
    const BatchPtr batch = n.value % 2 == 0 ? nullptr : Batch::build(WallTime(1'000'000'000 + n.value), again);
    for (const Node backup : {1, 2, 3}) scene.inject(0, backup, scene.pre_prepare(View(0), n, batch));
    scene.run_until(
        [&] {
          return scene.all({1, 2, 3}, [&](auto i) { return scene.executed(i) >= n || scene.view(i) > View(0); });
        },
        "the traitor's slot is executed, or the traitor is left");
    scene.run_for(view_timeout_us / 20);
    REQUIRE_MESSAGE(++quiet_slots < 100, "nobody complains about a primary that orders nothing new");
  }
  CHECK(quiet_slots >= 5);
  scene.run_until(
      [&] {
        return scene.all({1, 2, 3}, [&](auto i) { return scene.executed_by(i, 2); });
      },
      "the request that waited is executed");
  scene.end_well();
}

TEST_CASE("idle-after-power-loss: a slot that one loyal replica knows comes to its end though no client asks again") {
  for (const bool told : {true, false}) {
    RequestScene scene;
    const std::vector<BundlePtr> bundles = {scene.put(1, "one")};
    const PrePrepare proposal =
        scene.pre_prepare(View(0), SequenceNumber(1), Batch::build(WallTime(1'000'000'000), bundles));
    scene.lose([&](Node from, Node, const Message& message) {
      return from == 0 || is<Prepare>(message) || is<PrePrepare>(message);
    });
    scene.cluster().start();
    scene.host(1).receive(0, proposal);  // a traitor's: nobody else hears of it
    scene.run_until([&] { return scene.accepted(1, 1); }, "it is in one log");
    for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().crash(ReplicaId(i));
    // The traitor stays away. Either the slot's pre-prepare gets around, or it does not.
    if (told) scene.lose([](Node from, Node, const Message&) { return from == 0; });
    for (const std::uint32_t i : {1, 2, 3}) scene.cluster().restart(ReplicaId(i));
    CHECK(scene.all({2, 3}, [&](auto i) { return !scene.accepted(i, 1); }));
    if (told) {
      scene.run_until(
          [&] {
            return scene.all({1, 2, 3}, [&](auto i) { return scene.executed_by(i, 1); });
          },
          "all who are there execute it");
    } else {
      scene.run_until([&] { return scene.view(1) == View(1); }, "the one that knows it complains");
      scene.run_for(4 * view_timeout_us);
      CHECK(scene.all({2, 3}, [&](auto i) { return scene.view(i) == View(0) && scene.active(i); }));
      scene.lose([](Node from, Node, const Message&) { return from == 0; });
      scene.serve_one_more();
      CHECK(scene.serves(View(1), {1, 2, 3}));
    }
    scene.end_well();
  }
}

}  // namespace quorate::simulation
