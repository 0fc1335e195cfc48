// Schedules in which a replica has lost its log, or was given an older one.
#include <string>

#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

/// Of a scene's replicas.
struct Rejoining : Scene {
  using Scene::Scene;

  bool mute(std::uint32_t replica) { return host(replica).up() && host(replica).status().mute.has_value(); }
  SequenceNumber executed(std::uint32_t replica) { return host(replica).status().last_executed; }
  void lose_disk(std::uint32_t replica) {
    cluster().crash(ReplicaId(replica));
    host(replica).lose_disk();
    cluster().restart(ReplicaId(replica));
  }
  void votes_again(std::uint32_t replica) {
    run_until([&] { return host(replica).up() && !mute(replica); }, "the replica votes again");
  }
};

bool tells_of_decisions(const Message& message) {
  return std::holds_alternative<CommittedBatch>(message) || std::holds_alternative<StateOffer>(message) ||
         std::holds_alternative<StableCheckpoint>(message);
}

}  // namespace

TEST_CASE("rejoin-amnesiac: who lost its disk after its COMMIT takes no part in the view change that needs it") {
  Rejoining scene(40);
  scene.lose([](Node, Node to, const Message& message) {
    return (to != 2 && std::holds_alternative<Commit>(message)) || tells_of_decisions(message);
  });
  std::uint64_t spoke = 0;
  scene.watch([&](Node from, Node, const Message& message) {
    spoke += from == 1 && std::holds_alternative<ViewChangePtr>(message) && scene.mute(1) ? 1 : 0;
  });
  scene.cluster().start();
  scene.run_until([&] { return scene.executed(2).value >= 1; }, "replica 2 alone decides");
  CHECK(scene.executed(3) == SequenceNumber(0));
  scene.cluster().crash(ReplicaId(0));  // the primary
  scene.lose_disk(1);
  scene.lose(nullptr);
  scene.run_for(2'000'000);
  CHECK(scene.mute(1));
  CHECK(spoke == 0);
  scene.end_well();  // and what replica 2 executed is what all have
  scene.votes_again(1);
  scene.end_well();
}

TEST_CASE("rejoin-twice: a second loss before the first is repaired is repaired by a REJOIN of its own") {
  Rejoining scene(60);
  scene.cluster().start();
  scene.run_until([&] { return scene.executed(1).value >= 6; }, "the cluster is at work");
  scene.lose_disk(1);
  scene.run_until([&] { return scene.host(1).status().mute->rejoin_executed; }, "its first REJOIN is executed");
  CHECK(scene.mute(1));
  scene.lose_disk(1);
  CHECK(scene.mute(1));
  scene.votes_again(1);
  scene.end_well();
  CHECK(scene.host(0).service().rejoin_marks()[1].count == 2);
}

TEST_CASE("rejoin-idle: without a single request slots pass until the replica votes again") {
  Rejoining scene(20);
  scene.cluster().start();
  scene.end_well();
  const SequenceNumber before = scene.executed(0);
  scene.lose_disk(1);
  scene.votes_again(1);
  scene.end_well();
  const SequenceNumber floor = scene.host(0).service().rejoin_marks()[1].floor;
  CHECK(scene.executed(0) == floor);
  CHECK(floor >= before + scene.world().plan.log_window);
  CHECK(scene.host(0).status().view == View(0));
}

TEST_CASE("rejoin-ignored: a primary that never orders a REJOIN loses its view") {
  Rejoining scene(60);
  scene.lose([](Node, Node to, const Message& message) { return to == 0 && std::holds_alternative<Rejoin>(message); });
  scene.cluster().start();
  scene.run_until([&] { return scene.executed(3).value >= 2; }, "the cluster is at work");
  scene.lose_disk(3);
  scene.votes_again(3);
  CHECK(scene.host(1).status().view >= View(1));
  scene.end_well();
}

TEST_CASE("replies-make-mute: their own REPLIES, STATUS and REJOINs silence nobody after a power loss") {
  Rejoining scene(40);
  std::vector<MessagePtr> said;
  scene.watch([&](Node from, Node, const Message& message) {
    const bool promises_nothing = std::holds_alternative<Replies>(message) || std::holds_alternative<Status>(message);
    if (from == 1 && promises_nothing) said.push_back(std::make_shared<const Message>(message));
  });
  scene.cluster().start();
  scene.run_until([&] { return scene.executed(1).value >= 10; }, "the cluster is at work");
  for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().crash(ReplicaId(i));
  Rejoin rejoin{ReplicaId(1), 1, 99, {}};
  scene.signer(ReplicaId(1)).sign(rejoin);
  said.push_back(std::make_shared<const Message>(rejoin));
  for (std::uint32_t i = 0; i < 4; ++i) scene.cluster().restart(ReplicaId(i));
  REQUIRE(said.size() > 10);
  for (const MessagePtr& message : said) scene.inject(3, 1, *message);
  scene.run_for(1'000'000);
  for (std::uint32_t i = 0; i < 4; ++i) CHECK_FALSE(scene.mute(i));
  scene.end_well();
}

TEST_CASE("second-init: a store that an operator makes anew may vote, until the peers return what it forgot") {
  Rejoining scene(60);
  scene.host(1).take_snapshot();  // what --init makes
  scene.cluster().start();
  scene.run_until([&] { return scene.executed(1).value >= 6; }, "the cluster is at work");
  scene.cluster().crash(ReplicaId(1));
  scene.host(1).roll_disk_back();
  scene.cluster().restart(ReplicaId(1));
  CHECK_FALSE(scene.mute(1));
  scene.run_until([&] { return scene.mute(1); }, "it notices");
  scene.votes_again(1);
  scene.end_well();
}

// Beyond the model: one replica lost its disk and another one lies, while f is 1. Only new keys would help.
TEST_CASE("rejoin-old-view-change: a VIEW-CHANGE of before a loss that a traitor kept breaks what was decided") {
  Rejoining scene(12);
  ViewChangePtr kept;  // by replica 1, of replica 2
  ViewChangePtr of_3;
  bool cut_off = true;
  scene.watch([&](Node from, Node to, const Message& message) {
    const auto* view_change = std::get_if<ViewChangePtr>(&message);
    if (view_change == nullptr) return;
    if (from == 2 && to == 1 && cut_off) kept = *view_change;
    if (from == 3) of_3 = *view_change;
  });
  scene.lose([&](Node from, Node to, const Message& message) {
    if (to == 2 && from < 4 && cut_off) return !std::holds_alternative<PrePrepare>(message);
    const auto* view_change = std::get_if<ViewChangePtr>(&message);
    return view_change != nullptr && (*view_change)->replica == ReplicaId(2);
  });
  scene.cluster().start();
  scene.run_until([&] { return kept != nullptr; }, "replica 2, cut off, asks for view 1");
  cut_off = false;
  scene.lose_disk(2);
  scene.votes_again(2);
  scene.run_until([&] { return scene.cluster().all_agree() && scene.cluster().client(0).done(); }, "all is quiet");
  REQUIRE(scene.host(2).status().view == View(0));
  const StableCheckpoint stable = scene.host(3).disk().log().stable.value();
  const SequenceNumber n = scene.executed(0) + 1;

  // One slot more is decided with the vote of replica 2; replica 3 hears of the proposal alone, and asks for view 1.
  scene.lose([](Node, Node to, const Message& message) {
    const bool vote = std::holds_alternative<Prepare>(message) || std::holds_alternative<Commit>(message);
    return to == 3 && (vote || std::holds_alternative<Status>(message) || tells_of_decisions(message));
  });
  scene.cluster().client(0).one_more();
  scene.run_until([&] { return scene.executed(0) >= n && scene.executed(2) >= n && of_3; }, "it is decided");
  REQUIRE(of_3->view == View(1));

  // Replica 1, loyal until now, leads view 1 by the old message and one that hides what it knows.
  scene.cluster().crash(ReplicaId(1));
  const MessageSigner traitor = scene.signer(ReplicaId(1));
  ViewChange hides{View(1), stable.n, stable, {}, ReplicaId(1), {}};
  traitor.sign(hides);
  NewView new_view{View(1), {std::make_shared<const ViewChange>(hides), kept, of_3}, {}, {}};
  traitor.sign(new_view);
  scene.inject(1, 3, std::make_shared<const NewView>(new_view));
  std::string broken;
  try {
    scene.run_for(2'000'000);
  } catch (const Broken& finding) {
    broken = finding.what();
  }
  CHECK(broken.find("I09 what was decided survives views") == 0);
}

}  // namespace quorate::simulation
