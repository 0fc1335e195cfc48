// State transfer over a network that repeats: an answer to an earlier question is no lie.
#include "tests/unit/state_transfer_scene.h"

namespace quorate {
namespace {

using namespace testing;

/// Less than half of what replica 3 wants is there in part, so that every kind of part is fetched.
void have_parts(TransferScene& scene, std::uint64_t keys) {
  for (std::uint64_t i = 0; i < keys / 2; ++i)
    if (i % 5 != 0) scene.ours.entries.put(key_of(i), value_of(i));
  state_tree::rebuild(scene.ours.entries, scene.ours.nodes);
}

}  // namespace

// Seed 1192 of quorate-sim: two of three peers were taken for liars, and nobody was left to fetch the state from.
TEST_CASE("state transfer: an answer that comes twice accuses nobody") {
  constexpr std::uint64_t keys = 6000;
  TransferScene scene(state_of(keys));
  have_parts(scene, keys);
  std::vector<std::pair<ReplicaId, StateParts>> again;
  scene.tamper = [&](ReplicaId peer, StateParts& parts) {
    again.emplace_back(peer, parts);
    if (again.size() < 3) return true;
    const auto [sender, old] = again[again.size() - 3];
    scene.transfer.step(old, sender, scene.now);
    return true;
  };
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.equal());
  CHECK(scene.queries == 3);  // it never had to look for others
}

}  // namespace quorate
