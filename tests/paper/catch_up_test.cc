// replica/README.md section 5, "Status and fetch": the retransmission of the protocol.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {

TEST_CASE("a replica says where it stands when a connection is made, and periodically") {
  ReplicaUnderTest backup(1);
  backup.agree_through(3);
  backup.forget();
  backup.core().connected(ReplicaId(2));
  backup.tick(1'000'001);
  REQUIRE(backup.sent_to<Status>(2).size() == 1);
  const Status status = backup.sent_to<Status>(2)[0];
  CHECK(status.last_executed == SequenceNumber(3));
  CHECK(status.committed == Bytes{0b111, 0});
  backup.forget();
  backup.tick(backup.wake_up.value);
  CHECK(backup.sent<Status>().size() == 1);
}

TEST_CASE("an idle replica asks less and less often, a busy one soon again") {
  ReplicaUnderTest backup(1);
  std::uint64_t gap = 0;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t now = backup.wake_up.value;
    backup.tick(now);
    gap = backup.wake_up.value - now;
  }
  CHECK(gap == 8 * CoreOptions().status_interval_us);
  const std::uint64_t now = backup.wake_up.value - gap + 1;
  backup.receive(backup.proposal_at(1), 0);
  backup.tick(now);
  CHECK(backup.wake_up.value <= now + CoreOptions().status_interval_us);
}

TEST_CASE("a peer is sent our votes that it lacks; a body when it lacked it before") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  backup.forget();
  backup.receive(backup.status_of(2), 2);
  CHECK(backup.own_sent_to<Prepare>(2).size() == 1);
  CHECK(backup.own_sent_to<Commit>(2).size() == 1);
  CHECK(backup.sent_to<PrePrepare>(2).empty());
  backup.tick(2'000'000);
  backup.receive(backup.status_of(2), 2);
  CHECK(backup.sent_to<PrePrepare>(2).size() == 1);
}

TEST_CASE("the primary sends the body at once to a peer that has just connected") {
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(0));
  primary.persist();
  primary.receive(primary.status_of(2), 2);
  CHECK(primary.sent_to<PrePrepare>(2).size() == 1);
}

TEST_CASE("a peer that has what we have is sent nothing") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  backup.forget();
  Status status = backup.status_of(2);
  status.accepted[0] = status.prepared[0] = status.committed[0] = 1;
  backup.cluster().replica(2).sign(status);
  backup.receive(status, 2);
  CHECK(backup.sends.empty());
}

TEST_CASE("votes that are sent again wait for their records like the first time") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 0);
  backup.forget();
  backup.receive(backup.status_of(2), 2);
  CHECK(backup.waits_for<Prepare>().value != 0);
}

TEST_CASE("a peer that asks without pause is not answered each time") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  for (int i = 0; i < 5; ++i) backup.receive(backup.status_of(2), 2);
  CHECK(backup.rejected(Reject::over_quota) == 4);
  CHECK(backup.sent_to<Commit>(2).size() == 1);
}

TEST_CASE("a replica far behind fetches at once from a peer that has executed, and what comes decides") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.status_of(3, 0, 20), 3);
  backup.tick(1'000'001);
  REQUIRE(backup.sent_to<Fetch>(3).size() == 1);
  const Fetch fetch = backup.sent_to<Fetch>(3)[0];
  CHECK(fetch.first == SequenceNumber(1));
  CHECK(fetch.count == 20);
  for (std::uint64_t n = 1; n <= 20; ++n) backup.receive(backup.committed_at(n), 2);
  CHECK(backup.executes.size() == 20);
}

TEST_CASE("a replica that is one slot behind waits for the votes first") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.status_of(3, 0, 1), 3);
  backup.tick(1'000'001);
  CHECK(backup.sent<Fetch>().empty());
  backup.tick(1'000'001 + CoreOptions().status_interval_us);
  CHECK(backup.sent_to<Fetch>(3).size() == 1);
}

TEST_CASE("a replica below h fetches at once") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.cluster().stable(SequenceNumber(8), digest_filled(8), {0, 2, 3}), 3);
  backup.receive(backup.status_of(3, 8, 8), 3);
  backup.tick(1'000'001);
  CHECK(backup.sent_to<Fetch>(3).size() == 1);
}

TEST_CASE("a peer that does not answer is followed by the next, and a liar's claims cost only time") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.status_of(2, 0, ~std::uint64_t{0} - 1), 2);
  backup.receive(backup.status_of(3, 0, 20), 3);
  backup.tick(1'000'001);
  CHECK(backup.sent_to<Fetch>(2).size() == 1);
  backup.tick(backup.wake_up.value);
  backup.tick(1'000'001 + 2 * CoreOptions().status_interval_us);
  CHECK(backup.sent_to<Fetch>(3).size() == 1);
}

TEST_CASE("a committed batch beyond the window that nobody asked for is not kept") {
  ReplicaUnderTest backup(1);  // keeps up to H + K = 24
  backup.receive(backup.committed_at(25), 3);
  CHECK(backup.rejected(Reject::not_wanted) == 1);
  backup.receive(backup.committed_at(24), 3);
  CHECK(backup.rejected(Reject::not_wanted) == 1);
  backup.receive(backup.committed_at(24), 3);
  CHECK(backup.rejected(Reject::duplicate) == 1);
}

TEST_CASE("a FETCH is answered from memory, what is collected from the log") {
  ReplicaUnderTest backup(1);
  backup.agree_through(10);
  backup.persist();
  backup.core().state_durable(SequenceNumber(8));
  backup.make_stable(8);
  backup.forget();
  backup.receive(backup.fetch_of(3, 7, 10), 3);
  REQUIRE(backup.serves.size() == 1);
  CHECK(backup.serves[0].first == SequenceNumber(7));
  CHECK(backup.serves[0].count == 2);
  const auto batches = backup.sent_to<CommittedBatch>(3);
  REQUIRE(batches.size() == 2);
  CHECK(batches[0].certificate.n == SequenceNumber(9));
  CHECK(batches[1].certificate.n == SequenceNumber(10));
}

TEST_CASE("a FETCH too soon after the last, or of nothing, is refused") {
  ReplicaUnderTest backup(1);
  backup.agree_through(2);
  backup.receive(backup.fetch_of(3, 1, 1), 3);
  backup.receive(backup.fetch_of(3, 2, 1), 3);
  CHECK(backup.rejected(Reject::over_quota) == 1);
  CHECK(backup.sent_to<CommittedBatch>(3).size() == 1);
  backup.receive(backup.fetch_of(2, 0, 1), 2);
  backup.receive(backup.fetch_of(2, 1, 0), 2);
  CHECK(backup.rejected(Reject::out_of_range) == 2);
}

}  // namespace quorate::testing
