// Schedules of laggards: what others must still have for them, and what they must not have thrown away themselves.
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

/// K = 4; bodies below a checkpoint are gone at once, so that only a state helps who lacks them.
void nothing_retained(Plan& plan) { plan.retained_batches = 1; }

bool above(const Message& message, std::uint64_t n) {
  const auto* proposal = std::get_if<PrePrepare>(&message);
  return proposal != nullptr && proposal->header.n.value > n;
}

bool checkpoint_at(const Message& message, std::uint64_t n) {
  const auto* vote = std::get_if<Checkpoint>(&message);
  return vote != nullptr && vote->n.value == n;
}

/// Replica 3 is starved until the others stand at `last`; all lose power, and the traitor, 2, does not come back.
void starve_until(Scene& scene, std::uint64_t last, std::uint64_t state) {
  scene.lose([last](Node from, Node to, const Message& message) {
    return from == 3 || to == 3 || above(message, last) || (from == 2 && checkpoint_at(message, 8));
  });
  scene.cluster().start();
  scene.run_until(
      [&] {
        return scene.all({0, 1}, [&](auto i) {
          return scene.executed(i).value == last && scene.host(i).disk().state().n.value == state &&
                 scene.host(i).disk().log().stable && scene.host(i).disk().log().bodies_collected.value == 4;
        });
      },
      "two loyal replicas stand there, with K stable and its bodies gone");
  REQUIRE(scene.host(0).status().low_watermark == SequenceNumber(4));
  REQUIRE(scene.executed(3) == SequenceNumber(0));
  for (const std::uint32_t i : {0, 1, 2}) scene.cluster().crash(ReplicaId(i));
  for (const std::uint32_t i : {0, 1}) {
    REQUIRE(scene.host(i).disk().state().n.value == state);
    scene.cluster().restart(ReplicaId(i));
  }
  scene.lose(nullptr);
}

}  // namespace

TEST_CASE("starved-target: K is stable, who was starved needs it, and the two who are there have gone on to 2K") {
  Scene scene(40, nothing_retained);
  starve_until(scene, 8, 8);
  scene.run_until([&] { return scene.executed(3).value >= 8; }, "it has the state of 2K, which is not stable yet");
  CHECK(scene.world().totals.transfers == 1);
  scene.run_until([&] { return scene.host(3).status().low_watermark.value >= 8; }, "and makes it stable");
  scene.run_until([&] { return scene.client_done(); }, "the three serve without the traitor");
  scene.end_well();
}

TEST_CASE("between-commits-restart: a restart between two checkpoints leaves the state of the first to be served") {
  Scene scene(40, nothing_retained);
  starve_until(scene, 6, 4);
  scene.run_until([&] { return scene.executed(3).value >= 6; }, "it has the state of K and what came after");
  CHECK(scene.world().totals.transfers == 1);
  scene.run_until([&] { return scene.client_done(); }, "the three serve without the traitor");
  scene.end_well();
}

TEST_CASE("pre-prepare-above-H: what comes for (H, H + K] is kept, and voted on once h has risen") {
  Scene scene(80);
  SequenceNumber voted;
  scene.watch([&](Node from, Node, const Message& message) {
    const auto* vote = std::get_if<Prepare>(&message);
    if (from == 3 && vote != nullptr) voted = std::max(voted, vote->n);
  });
  bool deaf_to_checkpoints = true;
  scene.lose([&](Node from, Node to, const Message& message) {
    const bool raises = is<Checkpoint>(message) || is<StableCheckpoint>(message);
    if (above(message, 11)) return true;  // so that what it keeps is still of use to it then
    if (to != 3 || from > 3) return false;
    return fetched(message) || (deaf_to_checkpoints ? raises : is<PrePrepare>(message));
  });
  scene.cluster().start();
  const auto rejected = [&] { return scene.host(3).status().rejects[static_cast<std::size_t>(Reject::out_of_range)]; };
  scene.run_until([&] { return rejected() > 0; }, "a pre-prepare above its H comes");
  scene.run_for(20'000);
  REQUIRE(scene.host(0).status().low_watermark == SequenceNumber(8));
  REQUIRE(scene.host(3).status().low_watermark == SequenceNumber(0));
  CHECK(voted == SequenceNumber(8));
  deaf_to_checkpoints = false;  // and from here on no pre-prepare comes again
  scene.run_until([&] { return scene.host(3).status().low_watermark >= SequenceNumber(8); }, "its h rises");
  scene.run_until([&] { return voted == SequenceNumber(11); }, "it votes on what it kept");
  CHECK(scene.view(3) == View(0));
  scene.end_well();
}

}  // namespace quorate::simulation
