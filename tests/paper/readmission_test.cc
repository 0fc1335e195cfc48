// How the others let a replica in again: its REJOIN is timed and ordered like a request, and slots pass until its floor
// (replica/README.md, "Rejoin").
#include "tests/paper/rejoining.h"

namespace quorate {

using namespace testing;

TEST_CASE("a backup forwards a REJOIN to the primary, and again when it is repeated or the view changes") {
  ReplicaUnderTest replica(1);
  const Rejoin rejoin = replica.cluster().rejoin(3, 1, 9);
  replica.receive(rejoin, 3);
  CHECK(replica.sent_to<Rejoin>(0).size() == 1);
  replica.receive(rejoin, 3);
  CHECK(replica.sent_to<Rejoin>(0).size() == 2);
  CHECK(replica.rejected(Reject::duplicate) == 1);
  replica.receive(new_view_of(replica, 2), 2);
  CHECK(replica.sent_to<Rejoin>(2).size() == 1);
}

TEST_CASE("REJOINs that are not the next one of their replica, and those that nobody needs here, are refused") {
  Recovered recovered;
  recovered.rejoins = {{ReplicaId(3), 1, 9, SequenceNumber(0)}};
  ReplicaUnderTest replica(1, 4, recovered);
  const auto& cluster = replica.cluster();
  replica.receive(cluster.rejoin(3, 1, 10), 3);
  CHECK(replica.rejected(Reject::already_executed) == 1);
  replica.receive(cluster.rejoin(3, 2, 9), 3);  // of a loss that is over
  CHECK(replica.rejected(Reject::already_executed) == 2);
  replica.receive(cluster.rejoin(3, 3, 10), 3);
  CHECK(replica.rejected(Reject::out_of_range) == 1);
  replica.receive(cluster.rejoin(3, 2, 10), 2);  // this is not the primary
  CHECK(replica.rejected(Reject::not_wanted) == 1);
  replica.receive(cluster.rejoin(1, 1, 10), 2);
  CHECK(replica.rejected(Reject::own_message) == 1);
  CHECK(replica.sent<Rejoin>().empty());
  replica.receive(cluster.rejoin(3, 2, 10), ReplicaId(3));
  CHECK(replica.sent<Rejoin>().size() == 1);
}

TEST_CASE("a replica is let in again at most once in ten seconds: each time costs L slots") {
  ReplicaUnderTest replica(1);
  const auto& cluster = replica.cluster();
  others_decide(replica, of_rejoin(replica, 1, cluster.rejoin(3, 1, 9)));
  nulls_through(replica, 24);
  replica.tick(10'900'000);
  replica.receive(cluster.rejoin(3, 2, 10), 3);
  CHECK(replica.rejected(Reject::over_quota) == 1);
  CHECK(replica.sent<Rejoin>().empty());
  replica.receive(cluster.rejoin(2, 1, 10), 2);  // another one
  CHECK(replica.sent<Rejoin>().size() == 1);
  replica.tick(11'000'000);
  replica.receive(cluster.rejoin(3, 2, 10), 3);
  CHECK(replica.sent<Rejoin>().size() == 2);
}

TEST_CASE("of each replica one REJOIN waits, and only itself puts another in its place") {
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(0));
  for (std::uint64_t t = 10; t < 50; t += 10) {  // the pipeline is full
    primary.receive(Request{primary.cluster().bundle(0, t)}, ClientId(0));
  }
  const auto& cluster = primary.cluster();
  primary.receive(cluster.rejoin(3, 1, 9), 2);
  primary.receive(cluster.rejoin(3, 1, 10), 2);
  CHECK(primary.rejected(Reject::over_quota) == 1);
  primary.receive(cluster.rejoin(3, 1, 11), 3);
  primary.persist();
  for (std::uint64_t n = 1; n <= 4; ++n) {
    const auto proposals = primary.sent<PrePrepare>();
    REQUIRE(proposals.size() >= n);
    const PrePrepareHeader& header = proposals[n - 1].header;
    for (const std::uint32_t peer : {1, 2}) primary.receive(cluster.prepare(peer, header), peer);
    primary.persist();
    for (const std::uint32_t peer : {1, 2}) primary.receive(cluster.commit(peer, header), peer);
    primary.execute();
  }
  std::vector<Rejoin> ordered;
  for (const PrePrepare& proposal : primary.sent<PrePrepare>()) {
    if (!proposal.batch) continue;
    ordered.insert(ordered.end(), proposal.batch->rejoins().begin(), proposal.batch->rejoins().end());
  }
  REQUIRE(ordered.size() == 1);
  CHECK(ordered[0].nonce == 11);
}

TEST_CASE("the primary orders a REJOIN at once, and once in a view") {
  ReplicaUnderTest primary(0);
  const Rejoin rejoin = primary.cluster().rejoin(3, 1, 9);
  primary.receive(rejoin, 3);
  primary.receive(rejoin, 2);
  primary.tick(1'200'000);
  REQUIRE(primary.sent<PrePrepare>().size() == 1);
  const PrePrepare proposal = primary.sent<PrePrepare>()[0];
  REQUIRE(proposal.batch);
  REQUIRE(proposal.batch->rejoins().size() == 1);
  CHECK(proposal.batch->rejoins()[0] == rejoin);
}

TEST_CASE("a primary that does not order a REJOIN is complained about, though it serves its friends") {
  ReplicaUnderTest replica(1);
  replica.receive(replica.cluster().rejoin(3, 1, 9), 3);
  std::uint64_t n = 0;
  for (std::uint64_t us = 1'050'000; us < 2'000'000 && replica.status().view == View(0); us += 50'000) {
    replica.tick(us);
    if (replica.status().view == View(0)) others_decide(replica, replica.proposal_at(++n));
  }
  CHECK(n >= 4);
  CHECK(replica.status().view == View(1));
}

TEST_CASE("a REJOIN that is executed waits no more") {
  ReplicaUnderTest replica(1);
  const Rejoin rejoin = replica.cluster().rejoin(3, 1, 9);
  replica.receive(rejoin, 3);
  others_decide(replica, of_rejoin(replica, 1, rejoin));
  nulls_through(replica, 24);
  for (std::uint64_t us = 1'100'000; us < 5'000'000; us += 100'000) replica.tick(us);
  CHECK(replica.status().view == View(0));
  replica.receive(rejoin, 3);
  CHECK(replica.rejected(Reject::already_executed) == 1);
}

TEST_CASE("towards a floor the primary proposes null batches, one at a time, rate limited, and none beyond") {
  Recovered recovered;
  recovered.rejoins = {{ReplicaId(3), 1, 9, SequenceNumber(2)}};
  ReplicaUnderTest primary(0, 4, recovered);
  primary.persist();
  const auto decide = [&](std::uint64_t n) {
    const PrePrepareHeader null{View(0), SequenceNumber(n), null_digest()};
    for (const std::uint32_t peer : {1, 2}) primary.receive(primary.cluster().prepare(peer, null), peer);
    primary.persist();
    for (const std::uint32_t peer : {1, 2}) primary.receive(primary.cluster().commit(peer, null), peer);
    primary.execute();
    CHECK(primary.status().last_executed == SequenceNumber(n));
  };
  primary.tick(1'001'000);
  CHECK(primary.sent<PrePrepare>().empty());  // the first went out as it started, and is under way
  decide(1);
  CHECK(primary.sent<PrePrepare>().empty());  // not so soon after the first
  CHECK(primary.wake_up <= SteadyTime(1'002'000));
  primary.tick(1'002'000);
  REQUIRE(primary.sent<PrePrepare>().size() == 1);
  CHECK(primary.sent<PrePrepare>()[0].header == PrePrepareHeader{View(0), SequenceNumber(2), null_digest()});
  decide(2);
  primary.tick(2'000'000);
  CHECK(primary.sent<PrePrepare>().size() == 1);
}

TEST_CASE("a backup's timer runs on a floor: null batches feed it, and not while a request waits") {
  Recovered recovered;
  recovered.rejoins = {{ReplicaId(3), 1, 9, SequenceNumber(16)}};
  const auto run = [&](bool nulls, bool request) {
    ReplicaUnderTest replica(1, 4, recovered);
    if (request) replica.receive(Request{replica.cluster().bundle(0, 1)}, ClientId(0));
    std::uint64_t n = 0;
    for (std::uint64_t us = 1'050'000; us < 1'900'000 && replica.status().view == View(0); us += 100'000) {
      replica.tick(us);
      if (nulls && n < 7 && replica.status().view == View(0)) others_decide(replica, null_at(replica, ++n));
    }
    return replica.status().view;
  };
  CHECK(run(false, false) == View(1));
  CHECK(run(true, false) == View(0));
  CHECK(run(true, true) == View(1));
}

TEST_CASE("a pre-prepare of the null batch that is held waits for no clock") {
  ReplicaUnderTest replica(1);
  replica.receive(null_at(replica, 17), 0);  // beyond H
  CHECK(replica.rejected(Reject::out_of_range) == 1);
  for (const std::uint32_t peer : {0, 2}) replica.receive(replica.cluster().view_change(peer, View(2)), peer);
  REQUIRE_FALSE(replica.status().active);
  replica.receive(replica.cluster().stable(SequenceNumber(8), digest_filled(8), {0, 2, 3}), 2);
  CHECK(replica.status().low_watermark == SequenceNumber(8));  // 17 is in the window now, and no view is active
}

}  // namespace quorate
