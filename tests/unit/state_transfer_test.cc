// State transfer between values: what is fetched, what is proven, and what peers that lie or fall silent cost.
#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "replica/service/state_contents.h"
#include "replica/service/state_serving.h"
#include "tests/unit/state_transfer_scene.h"

namespace quorate {
namespace {

using namespace testing;
using Scene = TransferScene;

}  // namespace

TEST_CASE("state transfer: an empty replica gets the whole state, from all who serve it, each part once") {
  Scene scene(state_of(30'000));
  scene.begin();
  CHECK_FALSE(scene.store.whole());
  REQUIRE(scene.run());
  CHECK(scene.equal());
  CHECK(scene.store.whole());
  CHECK(scene.ours.n == checkpoint_n);
  CHECK(scene.done->root == scene.theirs->root());
  for (const std::uint32_t peer : {0, 1, 2}) CHECK(scene.answered[ReplicaId(peer)] > 3);
  CHECK(scene.answer_bytes < 30'000 * (9 + 128) * 120 / 100);
}

TEST_CASE("state transfer: only what differs is fetched") {
  constexpr std::uint64_t keys = 60'000;
  const std::size_t bytes = keys * (8 + 128);
  const auto theirs = state_of(keys);
  const auto cost = [&](const std::function<void(MemoryMap&)>& damage) {
    Scene scene(theirs);
    scene.ours.entries = theirs->entries;
    damage(scene.ours.entries);
    state_tree::rebuild(scene.ours.entries, scene.ours.nodes);
    scene.begin();
    REQUIRE(scene.run());
    REQUIRE(scene.equal());
    return static_cast<double>(scene.answer_bytes) / static_cast<double>(bytes);
  };
  std::mt19937_64 random(3);
  CHECK(cost([](MemoryMap&) {}) < 0.001);
  const double at_random = cost([&](MemoryMap& map) {
    for (std::uint64_t i = 0; i < keys / 100; ++i) map.erase(key_of(random() % keys));
  });
  MESSAGE("1 % missing at random costs ", at_random);
  CHECK(at_random < 0.04);
  const double in_a_row = cost([&](MemoryMap& map) {
    for (std::uint64_t i = 0; i < keys / 100; ++i) map.erase(key_of(keys / 2 + i));
  });
  MESSAGE("1 % missing in one range costs ", in_a_row);
  CHECK(in_a_row < 0.015);
}

TEST_CASE("state transfer: what we have too much or otherwise goes away") {
  Scene scene(state_of(3000));
  for (std::uint64_t i = 500; i < 5000; ++i) scene.ours.entries.put(key_of(i * 3), value_of(i, 9));
  state_tree::rebuild(scene.ours.entries, scene.ours.nodes);
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.equal());
}

TEST_CASE("state transfer: nodes that are not those of our entries are found out and made anew") {
  Scene scene(state_of(3000));
  scene.ours.nodes = scene.theirs->nodes;  // and no entries
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.equal());
}

TEST_CASE("state transfer: a part that is not what its parent names is not written, and its sender is asked no more") {
  for (const StatePartKind kind :
       {StatePartKind::root, StatePartKind::children, StatePartKind::digests, StatePartKind::entries}) {
    CAPTURE(static_cast<int>(kind));
    constexpr std::uint64_t keys = 30'000;
    Scene scene(state_of(keys));
    for (std::uint64_t i = 0; i < keys; ++i)
      if (i % 50 != 0 && i < keys / 2) scene.ours.entries.put(key_of(i), value_of(i));
    state_tree::rebuild(scene.ours.entries, scene.ours.nodes);
    std::size_t lies = 0;
    const ReplicaId liar(kind == StatePartKind::root ? 0 : 1);  // the root is asked of the first
    scene.tamper = [&](ReplicaId peer, StateParts& parts) {
      if (peer != liar) return true;
      for (StatePart& part : parts.parts) {
        if (part.kind != kind || part.content.empty()) continue;
        part.content.back() ^= 1;
        ++lies;
      }
      return true;
    };
    scene.begin();
    REQUIRE(scene.run());
    CHECK(scene.equal());
    CHECK(scene.queries == 3);  // nothing wrong was written, so the walk was not begun again
    CHECK(lies > 0);
  }
}

TEST_CASE("state transfer: malformed parts and parts that nobody asked for do no harm") {
  Scene scene(state_of(2000));
  std::size_t answers = 0;
  scene.tamper = [&](ReplicaId peer, StateParts& parts) {
    if (peer != ReplicaId(2)) return true;
    switch (answers++ % 4) {
      case 0:
        parts.parts.back().content.pop_back();
        break;
      case 1:
        parts.parts.push_back({StatePartKind::entries, 1, key_of(1), {}});
        break;
      case 2:
        parts.parts.back().level += 1;
        break;
      default:
        parts.parts.back().content.clear();
    }
    return true;
  };
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.equal());
}

TEST_CASE("state transfer: peers that fall silent or let go of the state are replaced") {
  Scene scene(state_of(6000));
  std::size_t answers = 0;
  scene.tamper = [&](ReplicaId peer, StateParts& parts) {
    ++answers;
    if (peer == ReplicaId(0) && answers > 4) return false;
    if (peer == ReplicaId(1) && answers > 8) parts.parts.clear();
    return true;
  };
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.equal());
}

TEST_CASE("state transfer: a slow peer is asked less, and waited for no longer than its share takes (T50)") {
  Scene scene(state_of(120'000));
  scene.slow[ReplicaId(1)] = 20;
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.equal());
  CHECK(scene.answered[ReplicaId(1)] >= 1);
  CHECK(2 * scene.answered[ReplicaId(1)] < scene.answered[ReplicaId(0)]);
  CHECK(2 * scene.answered[ReplicaId(1)] < scene.answered[ReplicaId(2)]);
}

TEST_CASE("state transfer: when nobody serves the target any more, a newer one is chosen and what was written counts") {
  const auto old = state_of(20'000);
  const auto newer = state_of(20'010, SequenceNumber(512));
  Scene scene(old);
  scene.begin();
  REQUIRE_FALSE(scene.run(30));
  scene.theirs = newer;
  scene.answer_bytes = 0;
  REQUIRE(scene.run());
  CHECK(scene.equal());
  CHECK(scene.ours.n == SequenceNumber(512));
  CHECK(scene.answer_bytes < 20'000 * 137 * 9 / 10);
}

TEST_CASE("state transfer: a target needs f+1 peers that offer it alike") {
  Scene two(state_of(1000));
  two.offers = [](ReplicaId peer) { return peer != ReplicaId(1); };
  two.begin();
  REQUIRE(two.run());
  CHECK(two.equal());

  Scene one(state_of(1000));
  one.offers = [](ReplicaId peer) { return peer == ReplicaId(2); };
  one.begin();
  CHECK_FALSE(one.run(300));

  Scene liar(state_of(1000));
  liar.offers = [](ReplicaId peer) { return peer == ReplicaId(0); };
  liar.begin();
  StateOffer forged = liar.offer(ReplicaId(2));
  forged.root.bytes[0] ^= 1;
  liar.transfer.step(forged, ReplicaId(2), liar.now);
  CHECK_FALSE(liar.run(300));
}

TEST_CASE("state transfer: who offers the target after it was chosen is asked too, and who offers another is not") {
  for (const bool same : {true, false}) {
    Scene scene(state_of(30'000));
    scene.offers = [](ReplicaId peer) { return peer != ReplicaId(2); };
    scene.begin();
    REQUIRE_FALSE(scene.run(10));
    StateOffer late = scene.offer(ReplicaId(2));
    if (!same) late.root.bytes[0] ^= 1;
    scene.transfer.step(late, ReplicaId(2), scene.now);
    REQUIRE(scene.run());
    CHECK(scene.equal());
    CHECK((scene.answered[ReplicaId(2)] > 0) == same);
  }
}

TEST_CASE("state transfer: a peer that is connected only after the first question is asked again, soon") {
  Scene scene(state_of(1000));
  scene.offers = [&](ReplicaId) { return scene.queries > 3; };
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.now == SteadyTime(1000 + 100'000));
}

TEST_CASE("state transfer: offers of an older state, or in another's name, do not count") {
  for (const bool older : {true, false}) {
    Scene scene(state_of(1000));
    scene.begin(older ? SequenceNumber(512) : checkpoint_n);
    for (const std::uint32_t peer : {0, 1, 2}) {
      const StateOffer offer = scene.offer(ReplicaId(older ? peer : 3 - peer));
      scene.transfer.step(offer, ReplicaId(peer), scene.now);
    }
    scene.offers = [](ReplicaId) { return false; };
    CHECK_FALSE(scene.run(300));
  }
}

TEST_CASE("state transfer: how far it is can be told meanwhile") {
  Scene scene(state_of(60'000));
  std::set<std::uint32_t> told;
  scene.tamper = [&](ReplicaId, const StateParts&) {
    const std::uint32_t percent = scene.transfer.progress().percent;
    CHECK(percent >= (told.empty() ? 0 : *told.rbegin()));
    told.insert(percent);
    return true;
  };
  scene.begin();
  REQUIRE(scene.run());
  CHECK(told.size() > 5);
  CHECK(*told.begin() == 0);
  CHECK(*told.rbegin() > 80);
  CHECK(*told.rbegin() < 100);
}

TEST_CASE("state transfer: memory follows what is under way, not the state") {
  Scene scene(state_of(60'000));
  scene.begin();
  REQUIRE(scene.run());
  CHECK(scene.store.writes() > 1);
}

TEST_CASE("serving: the first durable state at or above what is asked, kept for the one who asked") {
  const SampleCluster cluster;
  const MessageSigner signer = cluster.replica(0);
  auto state = state_of(100);
  StateServing serving(ReplicaId(0), signer, [&] { return std::make_shared<const MemoryView>(state); });
  const SteadyTime now(5);
  CHECK(serving.step({ReplicaId(3), SequenceNumber(256), {}}, now).empty());
  const auto offers = serving.committed(SequenceNumber(256));
  REQUIRE(offers.size() == 1);
  CHECK(offers[0].first == ReplicaId(3));
  CHECK(offers[0].second.n == SequenceNumber(256));
  CHECK(offers[0].second.root == state->root());
  CHECK(serving.view_for(ReplicaId(3), SequenceNumber(256), now) != nullptr);
  CHECK(serving.view_for(ReplicaId(2), SequenceNumber(256), now) == nullptr);
  CHECK(serving.view_for(ReplicaId(3), SequenceNumber(512), now) == nullptr);

  CHECK(serving.step({ReplicaId(2), SequenceNumber(257), {}}, now).empty());
  state = state_of(100, SequenceNumber(512));
  REQUIRE(serving.committed(SequenceNumber(512)).size() == 1);
  CHECK(serving.view_for(ReplicaId(3), SequenceNumber(256), now) != nullptr);

  const SteadyTime later = now + (StateServing::unused_us - 1);
  serving.tick(later);
  CHECK(serving.view_for(ReplicaId(3), SequenceNumber(256), later) != nullptr);
  serving.tick(now + StateServing::unused_us);
  CHECK(serving.view_for(ReplicaId(2), SequenceNumber(512), now) == nullptr);
  serving.tick(now + StateServing::kept_us);
  CHECK(serving.view_for(ReplicaId(3), SequenceNumber(256), now) == nullptr);
}

TEST_CASE("state fetch: the canonical encoding is read back, and nothing else is") {
  const SampleCluster cluster;
  StateFetch fetch{ReplicaId(1), SequenceNumber(256), {{StatePartKind::digests, 1, key_of(4), {}}}, {}};
  const Bytes payload = payload_of(fetch);
  const auto parsed = parse_state_fetch(payload, fetch.signature);
  REQUIRE(parsed.has_value());
  CHECK(payload_of(*parsed) == payload);
  Bytes longer = payload;
  longer.push_back(0);
  CHECK(parse_state_fetch(longer, {}).error() == Reject::malformed_encoding);
  Bytes unknown_kind = payload;
  unknown_kind[16] = 5;
  CHECK(parse_state_fetch(unknown_kind, {}).error() == Reject::malformed_encoding);
  fetch.wants.resize(65, fetch.wants.front());
  CHECK(parse_state_fetch(payload_of(fetch), {}).error() == Reject::too_many_elements);
  const std::vector<StatePart> parts(65, StatePart{StatePartKind::entries, 1, {}, {}});
  CHECK(parse_parts(encode_parts(parts)).error() == Reject::too_many_elements);
  CHECK(parse_parts(Bytes{1, 0, 0, 0}).error() == Reject::malformed_encoding);
}

}  // namespace quorate
