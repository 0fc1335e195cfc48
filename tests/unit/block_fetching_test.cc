// A replica that was given a state fetches the blocks before it, whoever lies or has none.
#include "replica/service/block_fetching.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/ledger_rig.h"

namespace quorate {
namespace {

using testing::LedgerRig;

struct Scene {
  LedgerRig rig{30, 0};
  MessageSigner signer = rig.cluster().replica(3);
  BlockFetching fetching{rig.cluster().genesis(), ReplicaId(3), signer};
  SteadyTime now{1'000'000};

  BlockFetching::Missing missing(std::uint64_t last, std::uint64_t count) const {
    return {SequenceNumber(last), rig.blocks()[last - 1].digest(), count};
  }
  BlockRun run(std::uint64_t last, std::uint64_t count) const {
    const auto end = rig.blocks().begin() + static_cast<std::ptrdiff_t>(last);
    return {SequenceNumber(last), {end - static_cast<std::ptrdiff_t>(count), end}};
  }
  BlockFetching::Send ask() {
    for (int tries = 0; tries < 1'000; ++tries) {
      if (const auto send = fetching.tick(now)) return *send;
      now = now + 10'000;
    }
    FAIL("nobody is asked");
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Scene, "blocks: a true run is taken, one question at a time and not too often") {
  fetching.want(missing(20, 100));
  const auto [peer, fetch] = ask();
  CHECK(peer != ReplicaId(3));
  CHECK(fetch.replica == ReplicaId(3));
  CHECK(fetch.last == SequenceNumber(20));
  CHECK(fetch.count == 100);
  CHECK_FALSE(fetching.tick(now + 1).has_value());
  const auto blocks = fetching.step(run(20, 7), peer, now);
  REQUIRE(blocks.size() == 7);
  CHECK(blocks.front() == rig.blocks()[13]);
  CHECK_FALSE(fetching.wants_some());
  fetching.want(missing(13, 93));
  CHECK_FALSE(fetching.tick(now).has_value());
  CHECK(ask().first == peer);
}

TEST_CASE_FIXTURE(Scene, "blocks: what does not hash to the known digest is not taken, and another peer is asked") {
  fetching.want(missing(20, 100));
  const auto [liar, fetch] = ask();
  BlockRun forged = run(20, 7);
  SUBCASE("its last block is another") { forged.blocks.back().reply_root = testing::digest_filled(1); }
  SUBCASE("one in it is another") { forged.blocks[2].reply_root = testing::digest_filled(1); }
  SUBCASE("one in it has another number") { forged.blocks[2].n = SequenceNumber(2); }
  SUBCASE("it ends elsewhere") { forged.blocks.pop_back(); }
  SUBCASE("it is of another slot") { forged.blocks.back().n = SequenceNumber(21); }
  SUBCASE("it is empty") { forged.blocks.clear(); }
  CHECK(fetching.step(forged, liar, now).empty());
  const auto [other, again] = ask();
  CHECK(other != liar);
  CHECK(fetching.step(run(20, 7), liar, now).empty());  // it is not the one that was asked
  CHECK(fetching.step(run(20, 7), other, now).size() == 7);
}

TEST_CASE_FIXTURE(Scene, "blocks: more than is wanted is not taken, nor what nobody asked for") {
  fetching.want(missing(20, 5));
  CHECK(fetching.step(run(20, 5), ReplicaId(0), now).empty());
  const auto [peer, fetch] = ask();
  CHECK(fetch.count == 5);
  CHECK(fetching.step(run(20, 6), peer, now).empty());
  CHECK(fetching.step(run(20, 5), ask().first, now).size() == 5);
}

TEST_CASE_FIXTURE(Scene,
                  "blocks: a silent peer is left for the next; when nobody has more all are left alone for a while") {
  fetching.want(missing(20, 100));
  std::set<ReplicaId> asked;
  for (int i = 0; i < 3; ++i) asked.insert(ask().first);
  CHECK(asked.size() == 3);
  now = now + BlockFetching::answer_us;
  CHECK_FALSE(fetching.tick(now).has_value());
  CHECK_FALSE(fetching.tick(now + (BlockFetching::rest_us - 1)).has_value());
  CHECK(fetching.tick(now + BlockFetching::rest_us).has_value());
}

}  // namespace quorate
