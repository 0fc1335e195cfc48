// OSDI'99 section 4.3: checkpoints and garbage collection.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {

TEST_CASE("4.3: checkpoints are taken when a request with a sequence number divisible by K is executed") {
  ReplicaUnderTest backup(1);
  backup.agree_through(7);
  CHECK(backup.sent<Checkpoint>().empty());
  backup.agree_through(8);
  const auto checkpoints = backup.sent<Checkpoint>();
  REQUIRE(checkpoints.size() == 1);
  CHECK(checkpoints[0].n == SequenceNumber(8));
  CHECK(checkpoints[0].root == backup.root_at(SequenceNumber(8)));
}

TEST_CASE("4.3: it is stable with 2f + 1 CHECKPOINTs for n and d signed by different replicas, possibly its own") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  backup.persist();
  const SequenceNumber n(8);
  backup.receive(backup.cluster().checkpoint(2, n, backup.root_at(n)), 2);
  backup.receive(backup.cluster().checkpoint(2, n, backup.root_at(n)), 2);
  backup.receive(backup.cluster().checkpoint(3, n, digest_filled(0x55)), 3);
  backup.receive(backup.cluster().checkpoint(3, n, backup.root_at(n)), 3);
  CHECK(backup.rejected(Reject::duplicate) >= 1);
  CHECK(backup.rejected(Reject::conflicting_vote) == 1);
  CHECK(backup.core().status().low_watermark == SequenceNumber(0));
  backup.receive(backup.cluster().checkpoint(0, n, backup.root_at(n)), 0);
  CHECK(backup.core().status().low_watermark == n);
  CHECK(backup.log().stable->checkpoints.size() == 3);
}

TEST_CASE("4.3: a CHECKPOINT for a number that is no multiple of K, at or below h, or beyond H + K is refused") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.cluster().checkpoint(2, SequenceNumber(9), digest_filled(1)), 2);
  backup.receive(backup.cluster().stable(SequenceNumber(9), digest_filled(1), {0, 2, 3}), 2);
  CHECK(backup.rejected(Reject::not_at_interval) == 2);
  backup.receive(backup.cluster().checkpoint(2, SequenceNumber(32), digest_filled(1)), 2);
  backup.receive(backup.cluster().checkpoint(2, SequenceNumber(0), digest_filled(1)), 2);
  CHECK(backup.rejected(Reject::out_of_range) == 2);
}

TEST_CASE("4.3: a proof of a stable checkpoint raises h, also before this replica has executed that far") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.cluster().stable(SequenceNumber(16), digest_filled(16), {0, 2, 3}), 3);
  CHECK(backup.core().status().low_watermark == SequenceNumber(16));
  CHECK(backup.executes.empty());
  backup.receive(backup.proposal_at(17), 0);
  CHECK(backup.sent<Prepare>().size() == 1);  // it votes on
}

TEST_CASE("h never goes down") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.cluster().stable(SequenceNumber(16), digest_filled(16), {0, 2, 3}), 3);
  backup.receive(backup.cluster().stable(SequenceNumber(8), digest_filled(8), {0, 2, 3}), 3);
  CHECK(backup.rejected(Reject::duplicate) == 1);
  CHECK(backup.core().status().low_watermark == SequenceNumber(16));
}

TEST_CASE("a replica whose root differs from a stable one says so and signs no more checkpoints") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  backup.persist();
  backup.receive(backup.cluster().stable(SequenceNumber(8), digest_filled(0x55), {0, 2, 3}), 3);
  CHECK(backup.core().status().diverged == SequenceNumber(8));
  backup.forget();
  backup.agree_through(16);
  CHECK(backup.sent<Checkpoint>().empty());
}

TEST_CASE("own CHECKPOINTs are repeated to who lacks them, and the proof of h to who is below it") {
  ReplicaUnderTest backup(1);
  backup.agree_through(16);
  backup.persist();
  backup.make_stable(8);
  backup.forget();
  backup.receive(backup.status_of(2), 2);
  REQUIRE(backup.sent_to<StableCheckpoint>(2).size() == 1);
  CHECK(backup.sent_to<StableCheckpoint>(2)[0].n == SequenceNumber(8));
  CHECK(backup.sent_to<Checkpoint>(2).size() == 2);  // of 8 and 16
}

}  // namespace quorate::testing
