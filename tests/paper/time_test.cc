// Proposed times (replica/README.md, "Time"): a future one is held and binds nothing.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {

// The sample cluster's bound is 1 s.
constexpr std::uint64_t bound_us = 1'000'000;

TEST_CASE("a time ahead by the bound is accepted, one microsecond more is held") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1, noon + bound_us), 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  backup.receive(backup.proposal_at(2, noon + (bound_us + 1)), 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  CHECK(backup.rejected(Reject::time_ahead) == 1);
}

TEST_CASE("a held pre-prepare is accepted when the clock gets there, and the core asks to be woken then") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1, noon + (bound_us + 500)), 0);
  CHECK(backup.wake_up <= SteadyTime(1'000'500));
  backup.tick(1'000'499, noon + 499);
  CHECK(backup.sent<Prepare>().empty());
  backup.tick(1'000'500, noon + 500);
  CHECK(backup.sent<Prepare>().size() == 1);
}

TEST_CASE("... or when f + 1 PREPAREs vouch for it") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1, noon + 10 * bound_us);
  backup.receive(proposal, 0);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  CHECK(backup.sent<Prepare>().empty());
  backup.receive(backup.cluster().prepare(3, proposal.header), 3);
  CHECK(backup.sent<Prepare>().size() == 1);
}

TEST_CASE("a proposal ahead of our clock is told as a skew: of the primary, or ours once f + 1 PREPAREs vouch for it") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1, noon + bound_us), 0);
  CHECK_FALSE(backup.status().clock_skew);
  const PrePrepare proposal = backup.proposal_at(2, noon + 10 * bound_us);
  backup.receive(proposal, 0);
  REQUIRE(backup.status().clock_skew);
  CHECK(backup.status().clock_skew->primary == ReplicaId(0));
  CHECK(backup.status().clock_skew->ahead_us == 10 * bound_us);
  CHECK_FALSE(backup.status().clock_skew->vouched);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  backup.receive(backup.cluster().prepare(3, proposal.header), 3);
  CHECK(backup.status().clock_skew->vouched);
  backup.receive(backup.proposal_at(3, noon), 0);
  CHECK_FALSE(backup.status().clock_skew);
}

TEST_CASE("it binds nothing: another proposal for the slot is accepted meanwhile") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1, noon + 10 * bound_us), 0);
  backup.receive(backup.proposal_at(1), 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  backup.tick(2'000'000, noon + 20 * bound_us);
  CHECK(backup.sent<Prepare>().size() == 1);
}

TEST_CASE("one held proposal for a slot: a second one is dropped") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1, noon + 10 * bound_us), 0);
  backup.receive(backup.proposal_at(1, noon + 11 * bound_us), 0);
  CHECK(backup.rejected(Reject::duplicate) == 1);
}

TEST_CASE("an old time, and the latest that can be written, are judged without overflow") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1, WallTime(0)), 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  backup.receive(backup.proposal_at(2, WallTime(~std::uint64_t{0})), 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  CHECK(backup.rejected(Reject::time_ahead) == 1);
}

}  // namespace quorate::testing
