// replica/README.md section 4: nothing leaves before what it promises is on disk, and own votes count only then.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {

TEST_CASE("PRE-PREPARE waits for the accepted pre-prepare with its body") {
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(0));
  REQUIRE(primary.sent<PrePrepare>().size() == 1);
  CHECK(primary.recorded<AcceptedRecord>() == std::vector{primary.waits_for<PrePrepare>()});
  CHECK(primary.log().accepted.at(SequenceNumber(1)).batch);
}

TEST_CASE("PREPARE waits for the accepted pre-prepare with its body") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 0);
  CHECK(backup.recorded<AcceptedRecord>() == std::vector{backup.waits_for<Prepare>()});
}

TEST_CASE("COMMIT waits for the prepared certificate, which stands behind the body") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  CHECK(backup.recorded<PreparedRecord>() == std::vector{backup.waits_for<Commit>()});
  CHECK(backup.recorded<AcceptedRecord>()[0] < backup.waits_for<Commit>());
}

TEST_CASE("CHECKPOINT waits for its own record, which stands behind the marks of all its slots") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  CHECK(backup.recorded<OwnCheckpointRecord>() == std::vector{backup.waits_for<Checkpoint>()});
  REQUIRE(backup.recorded<CommittedRecord>().size() == 8);
  CHECK(backup.recorded<CommittedRecord>().back() < backup.waits_for<Checkpoint>());
}

TEST_CASE("own PREPARE counts only once it could have left") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  CHECK(backup.sent<Commit>().empty());
  backup.persist();
  CHECK(backup.sent<Commit>().size() == 1);
}

TEST_CASE("own COMMIT counts only once it could have left") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  for (const std::uint32_t peer : {2, 3}) backup.receive(backup.cluster().prepare(peer, proposal.header), peer);
  REQUIRE(backup.sent<Commit>().size() == 1);
  for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().commit(peer, proposal.header), peer);
  CHECK(backup.executes.empty());
  backup.persist();
  CHECK(backup.executes.size() == 1);
}

TEST_CASE("own CHECKPOINT counts only once it could have left") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  for (const std::uint32_t peer : {0, 2}) {
    backup.receive(backup.cluster().checkpoint(peer, SequenceNumber(8), backup.root_at(SequenceNumber(8))), peer);
  }
  CHECK(backup.core().status().low_watermark == SequenceNumber(0));
  backup.persist();
  CHECK(backup.core().status().low_watermark == SequenceNumber(8));
}

TEST_CASE("h rises with its proof on record, and only then is anything dropped for it") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  backup.persist();
  backup.forget();
  backup.make_stable(8);
  REQUIRE(backup.recorded<StableRecord>().size() == 1);
  REQUIRE(backup.recorded<CollectRecord>().size() == 1);
  CHECK(backup.recorded<StableRecord>()[0] < backup.recorded<CollectRecord>()[0]);
  CHECK(backup.log().accepted.empty());
  CHECK(backup.log().prepared.empty());
}

TEST_CASE("bodies and marks stay until the state that holds them is durable") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  backup.persist();
  backup.make_stable(8);
  CHECK(backup.log().committed.size() == 8);
  backup.core().state_durable(SequenceNumber(8));
  backup.tick(2'000'000);
  CHECK(backup.log().committed.empty());
  CHECK(backup.log().bodies_collected == SequenceNumber(8));
}

TEST_CASE("a durable state ahead of h drops nothing that is not stable") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  backup.persist();
  backup.core().state_durable(SequenceNumber(8));
  backup.tick(2'000'000);
  CHECK(backup.recorded<CollectRecord>().empty());
  backup.make_stable(8);
  CHECK(backup.log().bodies_collected == SequenceNumber(8));
}

TEST_CASE("after a restart a replica repeats its votes and contradicts none") {
  LogImage log;
  PrePrepare proposal;
  {
    ReplicaUnderTest before(1);
    proposal = before.propose(1);
    log = before.log();
  }
  ReplicaUnderTest after(1, 4, {log, SequenceNumber(0), {}});
  after.receive(after.cluster().pre_prepare(View(0), SequenceNumber(1), after.batch_at(5)), 0);
  CHECK(after.rejected(Reject::conflicting_digest) == 1);
  after.receive(after.status_of(2), 2);  // that peer lacks everything
  const auto prepares = after.own_sent_to<Prepare>(2);
  REQUIRE(prepares.size() == 1);
  CHECK(prepares[0].digest == proposal.header.digest);
  CHECK(after.own_sent_to<Commit>(2).size() == 1);
  // Its votes are durable, so they count at once.
  for (const std::uint32_t peer : {0, 2}) after.receive(after.cluster().commit(peer, proposal.header), peer);
  CHECK(after.executes.size() == 1);
}

TEST_CASE("after a restart slots that are marked committed above the state execute again, in order") {
  ReplicaUnderTest before(1);
  before.agree_through(5);
  ReplicaUnderTest after(1, 4, {before.log(), SequenceNumber(0), {}});
  REQUIRE(after.executes.size() == 5);
  CHECK(after.executes.front().n == SequenceNumber(1));
  CHECK(after.executes.back().n == SequenceNumber(5));
}

TEST_CASE("after a restart the state's slots are not executed again, h may be above them") {
  ReplicaUnderTest before(1);
  before.agree_through(10);
  before.persist();
  before.core().state_durable(SequenceNumber(8));
  before.make_stable(8);
  ReplicaUnderTest after(1, 4, {before.log(), SequenceNumber(8), {}});
  CHECK(after.core().status().low_watermark == SequenceNumber(8));
  REQUIRE(after.executes.size() == 2);
  CHECK(after.executes.front().n == SequenceNumber(9));
}

TEST_CASE("a restarted primary proposes above everything that it may have sent") {
  LogImage log;
  {
    ReplicaUnderTest before(0);
    before.receive(Request{before.cluster().bundle(0, 1)}, ClientId(0));
    log = before.log();
  }
  ReplicaUnderTest after(0, 4, {log, SequenceNumber(0), {}});
  after.receive(Request{after.cluster().bundle(1, 1)}, ClientId(1));
  const auto proposals = after.sent<PrePrepare>();
  REQUIRE(proposals.size() == 1);
  CHECK(proposals[0].header.n == SequenceNumber(2));
}

}  // namespace quorate::testing
