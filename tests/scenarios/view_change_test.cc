// Schedules between two views: who is where, who is cut off, and what leaves before it may.
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

bool view_change_of(const Message& message, View view) {
  const auto* vote = std::get_if<ViewChangePtr>(&message);
  return vote != nullptr && (*vote)->view == view;
}

}  // namespace

TEST_CASE("view-gap: two wait in view 1, one has gone on to 2, and no view has q of exactly its own") {
  Scene scene(4);
  scene.cluster().start();
  scene.cluster().crash(ReplicaId(0));  // its key is the traitor's
  scene.lose([](Node from, Node to, const Message& message) {
    return view_change_of(message, View(1)) && (from == 3 || (from == 2 && to == 3));
  });
  scene.run_until(
      [&] {
        return scene.all({1, 2, 3}, [&](auto i) { return scene.view(i) == View(1); });
      },
      "three leave view 0");
  scene.inject(0, 3, scene.view_change(ReplicaId(0), View(1)));  // to one alone, for whom it makes a quorum
  scene.run_until([&] { return scene.view(3) == View(2); }, "that one goes on");
  REQUIRE(scene.all({1, 2}, [&](auto i) { return scene.view(i) == View(1) && !scene.active(i); }));
  scene.run_until([&] { return scene.serves(View(2), {1, 2, 3}); }, "they meet");
  scene.run_until([&] { return scene.client_done(); }, "every request is answered without the traitor");
  scene.end_well();
}

TEST_CASE("far-abdication: a lone VIEW-CHANGE moves nobody, not its view's own primary's either, in no view") {
  Scene scene(30);
  const auto say = [&](View view) {
    for (const Node to : {1, 2, 3}) scene.inject(0, to, scene.view_change(ReplicaId(0), view));
  };
  const auto serve = [&](std::uint64_t operations, View in) {
    for (; operations != 0; --operations) scene.cluster().client(0).one_more();
    scene.run_until([&] { return scene.client_done(); }, "requests are answered");
    CHECK(scene.all({1, 2, 3}, [&](auto i) { return scene.view(i) == in && scene.active(i); }));
  };
  scene.cluster().start();
  say(View(1));  // by primary(0), whose view they are in
  serve(10, View(0));
  say(View(5));  // by primary(4)
  serve(10, View(0));
  scene.cluster().crash(ReplicaId(0));
  scene.cluster().client(0).one_more();
  scene.run_until([&] { return scene.serves(View(1), {1, 2, 3}); }, "the others leave it when it is silent");
  serve(10, View(1));  // and went to view 1, not to 5
  say(View(9));        // by primary(8), to replicas in a view that is not its own
  say(View(std::uint64_t{1} << 40));
  serve(10, View(1));
  scene.end_well();
}

TEST_CASE("cut-at-view-change: who is cut off while the others change views is let in again, and costs no other view") {
  enum class Cut { before_its_view_change, after_its_view_change, until_it_went_further };
  for (const Cut cut : {Cut::before_its_view_change, Cut::after_its_view_change, Cut::until_it_went_further}) {
    Scene scene;
    bool is_cut = false;
    scene.watch([&](Node from, Node, const Message& message) {
      const Node last_word = cut == Cut::before_its_view_change ? 1 : 3;
      is_cut = is_cut || (from == last_word && is<ViewChangePtr>(message));
    });
    scene.lose([&](Node from, Node to, const Message& message) {
      const bool mute_primary = from == 0 && is<PrePrepare>(message);
      return mute_primary || (is_cut && (from == 3 || to == 3));
    });
    scene.cluster().start();
    scene.run_until([&] { return scene.serves(View(1), {0, 1, 2}) && scene.client_done(); }, "the others serve");
    REQUIRE(is_cut);
    const bool in_their_view = scene.active(3) && scene.view(3) == View(1);
    REQUIRE_FALSE(in_their_view);
    if (cut == Cut::until_it_went_further) {
      scene.host(3).receive(2, scene.view_change(ReplicaId(2), View(1)));  // what it heard before the cut
      scene.host(3).receive(1, scene.view_change(ReplicaId(1), View(1)));
      scene.run_until([&] { return scene.view(3) >= View(2); }, "it waited in vain, and goes on alone");
    }
    const SequenceNumber reached = scene.executed(0);
    CHECK(scene.executed(3) < reached);
    scene.lose(nullptr);
    scene.run_until([&] { return scene.executed(3) >= reached; }, "it catches up");
    if (cut != Cut::until_it_went_further) {
      scene.run_until([&] { return scene.serves(View(1), {0, 1, 2, 3}); }, "and is in their view");
    }
    for (int i = 0; i < 4; ++i) scene.serve_one_more();
    CHECK(scene.all({0, 1, 2}, [&](auto i) { return scene.view(i) == View(1); }));
    scene.cluster().crash(ReplicaId(1));  // now they need it
    scene.serve_one_more();
    CHECK(scene.serves(View(2), {0, 2, 3}));
    scene.end_well();
  }
}

TEST_CASE("vc-before-persisted: a certificate on its way to the log when the timer fires is in the VIEW-CHANGE") {
  Scene scene;
  std::vector<ViewChangePtr> left;
  scene.watch([&](Node from, Node, const Message& message) {
    const auto* vote = std::get_if<ViewChangePtr>(&message);
    if (from == 1 && vote != nullptr) left.push_back(*vote);
  });
  scene.lose([](Node, Node, const Message& message) { return is<Commit>(message); });
  scene.host(1).hold_forces(none_of<PreparedRecord>);
  scene.cluster().start();
  scene.run_until([&] { return scene.view(1) == View(1); }, "its timer fires");
  REQUIRE_FALSE(none_of<PreparedRecord>(scene.host(1).disk().unforced()));
  REQUIRE_FALSE(none_of<ViewChangeRecord>(scene.host(1).disk().unforced()));
  CHECK(scene.host(1).disk().log().prepared.empty());
  CHECK(left.empty());
  scene.host(1).release_forces();
  scene.run_until([&] { return !left.empty(); }, "its VIEW-CHANGE leaves");
  CHECK(left.front()->view == View(1));
  REQUIRE_FALSE(left.front()->prepared.empty());
  for (const PreparedCertificate& certificate : left.front()->prepared) {
    CHECK(scene.host(1).disk().log().prepared.contains(certificate.header.n));
  }
  scene.end_well();
}

TEST_CASE("slid-window: a slot is committed again in a later view after its timestamps fell below the window") {
  Scene scene(16, [](Plan& plan) {
    plan.checkpoint_interval = 16;
    plan.log_window = 32;
    plan.client_window = 4;
    plan.outstanding = 2;
  });
  const ClientId client(0);
  // Replica 3 decides nothing until everybody votes on it again.
  scene.lose([](Node, Node to, const Message& message) {
    const auto* commit = std::get_if<Commit>(&message);
    return to == 3 && (fetched(message) || (commit != nullptr && commit->view == View(0)));
  });
  scene.cluster().start();
  scene.run_until([&] { return scene.client_done(); }, "the others serve");
  REQUIRE(scene.executed(1).value < 16);
  REQUIRE(scene.executed(3) == SequenceNumber(0));
  const PrePrepare first = scene.host(1).disk().log().accepted.at(SequenceNumber(1));
  const Timestamp last_of_first = first.batch->bundles().back().last();
  for (const std::uint32_t i : {0, 1, 2}) REQUIRE(scene.host(i).service().low_mark(client) >= last_of_first);
  NewViewPtr new_view;
  scene.watch([&](Node, Node, const Message& message) {
    if (const auto* sent = std::get_if<NewViewPtr>(&message)) new_view = *sent;
  });
  scene.cluster().crash(ReplicaId(0));
  scene.cluster().client(0).one_more();
  scene.run_until([&] { return scene.executed(3) >= SequenceNumber(1); }, "replica 3 executes the first slot");
  REQUIRE(new_view != nullptr);
  REQUIRE_FALSE(new_view->pre_prepares.empty());
  CHECK(new_view->pre_prepares.front().header == PrePrepareHeader{View(1), SequenceNumber(1), first.header.digest});
  // It ran there as it ran with the others, and nowhere twice: the next checkpoint's roots are equal.
  for (int i = 0; i < 20; ++i) scene.serve_one_more();
  scene.run_until([&] { return scene.host(3).status().low_watermark >= SequenceNumber(16); }, "a checkpoint is stable");
  CHECK(scene.host(3).status().diverged == SequenceNumber(0));
  scene.end_well();
}

TEST_CASE(
    "fast-clock-complainer: a loyal replica whose clock is far ahead and one liar do not move the others on and on") {
  Scene scene(20);
  const auto bound = static_cast<std::int64_t>(scene.world().plan.time_bound_us);
  scene.host(1).set_skew(3 * bound);
  std::uint64_t complaint = 1;
  const auto serve = [&](std::uint64_t operations) {
    for (; operations != 0; --operations) {
      // The liar joins any complaint at once: one loyal voice more moves everybody.
      for (const Node to : {0, 1, 2}) scene.inject(3, to, scene.view_change(ReplicaId(3), View(complaint)));
      ++complaint;
      scene.serve_one_more();
    }
  };
  scene.cluster().start();
  serve(20);
  const View judged = scene.view(0);
  CHECK(judged <= View(4));  // each primary once
  serve(20);
  CHECK(scene.all({0, 2}, [&](auto i) { return scene.view(i) == judged; }));
  scene.end_well();
}

}  // namespace quorate::simulation
