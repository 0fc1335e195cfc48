// A replica that lost its log is mute until nothing that it forgot can matter (replica/README.md, "Rejoin").
#include "tests/paper/rejoining.h"

namespace quorate {

using namespace testing;

TEST_CASE("a mute replica signs no PREPARE and no COMMIT, and executes what the others decide") {
  ReplicaUnderTest replica(1, 4, lost_log());
  REQUIRE(replica.status().mute.has_value());
  others_decide(replica, replica.proposal_at(1));
  CHECK(replica.status().last_executed == SequenceNumber(1));
  check_silent(replica);
}

TEST_CASE("a mute replica's own votes count nowhere") {
  ReplicaUnderTest replica(1, 4, lost_log());
  const PrePrepare proposal = replica.proposal_at(1);
  replica.receive(proposal, 0);
  replica.receive(replica.cluster().prepare(2, proposal.header), 2);
  replica.persist();
  CHECK(replica.recorded<PreparedRecord>().empty());  // with its own it would be prepared
  replica.receive(replica.cluster().prepare(3, proposal.header), 3);
  for (const std::uint32_t peer : {0, 2}) replica.receive(replica.cluster().commit(peer, proposal.header), peer);
  replica.persist();
  CHECK(replica.executes.empty());
}

TEST_CASE("a mute primary proposes nothing") {
  ReplicaUnderTest replica(0, 4, lost_log());
  replica.receive(Request{replica.cluster().bundle(0, 1)}, ClientId(0));
  replica.receive(replica.cluster().rejoin(2, 1, 9), 2);
  replica.tick(1'500'000);
  check_silent(replica);
}

TEST_CASE("a mute replica complains about nobody and follows the others from view to view without a VIEW-CHANGE") {
  ReplicaUnderTest replica(1, 4, lost_log());
  replica.receive(Request{replica.cluster().bundle(0, 1)}, ClientId(0));
  for (std::uint64_t us = 1'100'000; us < 20'000'000; us += 100'000) replica.tick(us);
  CHECK(replica.status().view == View(0));
  for (const std::uint32_t peer : {0, 2}) replica.receive(replica.cluster().view_change(peer, View(2)), peer);
  CHECK(replica.status().view == View(2));
  CHECK_FALSE(replica.status().active);
  replica.receive(new_view_of(replica, 2), 2);
  CHECK(replica.status().active);
  check_silent(replica);
}

TEST_CASE("a mute replica that is to lead a view makes no NEW-VIEW") {
  ReplicaUnderTest replica(1, 4, lost_log());
  for (const std::uint32_t peer : {0, 2, 3}) replica.receive(replica.cluster().view_change(peer, View(1)), peer);
  CHECK(replica.status().view == View(1));
  check_silent(replica);
}

TEST_CASE("a mute replica repeats REJOIN with its next count until that of this very loss is executed") {
  Recovered recovered = lost_log();
  recovered.rejoins = {{ReplicaId(1), 2, 77, SequenceNumber(0)}};  // of earlier losses
  ReplicaUnderTest replica(1, 4, recovered);
  replica.tick(2'000'000);
  const auto first = replica.sent<Rejoin>();
  REQUIRE_FALSE(first.empty());
  CHECK(first[0].count == 3);
  CHECK(first[0].nonce == nonce);
  CHECK(replica.wake_up <= SteadyTime(2'000'000) + CoreOptions().status_interval_us);
  replica.forget();
  // One that an earlier life signed is executed meanwhile.
  others_decide(replica, of_rejoin(replica, 1, own_rejoin(replica, 1, 3, 78)));
  replica.tick(3'000'000);
  REQUIRE_FALSE(replica.sent<Rejoin>().empty());
  CHECK(replica.sent<Rejoin>()[0].count == 4);
  CHECK(replica.sent<Rejoin>()[0].nonce == nonce);
  CHECK_FALSE(replica.status().mute->rejoin_executed);
  others_decide(replica, of_rejoin(replica, 2, own_rejoin(replica, 1, 4)));
  replica.forget();
  replica.tick(4'000'000);
  CHECK(replica.sent<Rejoin>().empty());
  CHECK(replica.status().mute->rejoin_executed);
  CHECK(replica.status().mute->floor == SequenceNumber(24));  // 2 + 16, at the next multiple of 8
}

TEST_CASE("a mute replica asks to be let in only with the state in hand") {
  ReplicaUnderTest replica(1, 4, lost_log());
  replica.forget();
  const Digest root = digest_filled(9);
  replica.receive(replica.cluster().stable(SequenceNumber(8), root, {0, 2, 3}), 2);
  replica.tick(2'000'000);
  CHECK(replica.sent<Rejoin>().empty());  // h is 8, and nothing is executed here
  Recovered broken = lost_log();
  broken.state_lost = true;
  ReplicaUnderTest transferring(1, 4, broken);
  transferring.tick(2'000'000);
  CHECK(transferring.sent<Rejoin>().empty());
  transferring.core().installed(SequenceNumber(8), root, {}, {});
  transferring.tick(2'500'000);
  CHECK_FALSE(transferring.sent<Rejoin>().empty());
}

TEST_CASE("a replica votes again when a checkpoint at its floor is stable, not before") {
  ReplicaUnderTest replica(1, 4, lost_log());
  others_decide(replica, of_rejoin(replica, 1, own_rejoin(replica, 1)));
  CHECK(replica.status().mute->floor == SequenceNumber(24));
  nulls_through(replica, 23);
  CHECK(replica.status().low_watermark == SequenceNumber(16));
  CHECK(replica.status().mute.has_value());
  others_decide(replica, null_at(replica, 24));
  CHECK(replica.status().mute.has_value());  // executed, and not stable
  check_silent(replica);
  const PrePrepare beyond = replica.proposal_at(25);
  replica.receive(beyond, 0);
  for (const std::uint32_t peer : {2, 3}) replica.receive(replica.cluster().prepare(peer, beyond.header), peer);
  replica.make_stable(24);
  CHECK_FALSE(replica.status().mute.has_value());
  // What came meanwhile is voted on now, and no vote leaves before the end of muteness is in the log.
  REQUIRE(replica.recorded<SpeakRecord>().size() == 1);
  const RecordNumber end = replica.recorded<SpeakRecord>()[0];
  REQUIRE(replica.sent<Prepare>().size() == 1);
  CHECK(replica.sent<Prepare>()[0].n == SequenceNumber(25));
  CHECK(replica.waits_for<Prepare>() >= end);
  REQUIRE(replica.sent<Commit>().size() == 1);
  CHECK(replica.waits_for<Commit>() >= end);
  CHECK_FALSE(replica.log().mute.has_value());
}

TEST_CASE("a REJOIN of another loss does not end muteness") {
  ReplicaUnderTest replica(1, 4, lost_log());
  others_decide(replica, of_rejoin(replica, 1, own_rejoin(replica, 1, 1, 78)));
  nulls_through(replica, 32);
  CHECK(replica.status().low_watermark == SequenceNumber(32));
  CHECK(replica.status().mute.has_value());
  check_silent(replica);
}

TEST_CASE("muteness outlasts restarts, and so does its end") {
  ReplicaUnderTest replica(1, 4, lost_log());
  others_decide(replica, replica.proposal_at(1));
  Recovered again;
  again.log = replica.log();
  ReplicaUnderTest later(1, 4, again);
  CHECK(later.status().mute.has_value());
  later.execute();
  later.receive(later.status_of(2), 2);
  check_silent(later);
}

TEST_CASE("a replica that speaks again on the way to a view goes to the one behind it") {
  ReplicaUnderTest replica(1, 4, lost_log());
  others_decide(replica, of_rejoin(replica, 1, own_rejoin(replica, 1)));
  nulls_through(replica, 24);
  REQUIRE_FALSE(replica.status().mute.has_value());
  // The same, but the others left view 0 before the last checkpoint was stable.
  ReplicaUnderTest leaving(1, 4, lost_log());
  others_decide(leaving, of_rejoin(leaving, 1, own_rejoin(leaving, 1)));
  nulls_through(leaving, 23);
  others_decide(leaving, null_at(leaving, 24));
  for (const std::uint32_t peer : {0, 3}) leaving.receive(leaving.cluster().view_change(peer, View(2)), peer);
  check_silent(leaving);
  leaving.make_stable(24);
  CHECK_FALSE(leaving.status().mute.has_value());
  CHECK(leaving.status().view == View(3));  // it may have sent a VIEW-CHANGE for 2 and forgotten it
  REQUIRE(leaving.sent<ViewChangePtr>().size() == 1);
  CHECK(leaving.sent<ViewChangePtr>()[0]->low_watermark == SequenceNumber(24));
}

}  // namespace quorate
