// OSDI'99 section 4.2: the three phases.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {

TEST_CASE("4.2: a backup accepts a pre-prepare if it is in view v, the digest matches and n is between h and H") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  const auto prepares = backup.sent<Prepare>();
  REQUIRE(prepares.size() == 1);
  CHECK(prepares[0].digest == proposal.header.digest);
  CHECK(prepares[0].n == SequenceNumber(1));
  CHECK(prepares[0].replica == ReplicaId(1));
}

TEST_CASE("4.2: ... and has not accepted a pre-prepare for v and n with another digest") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 0);
  backup.receive(backup.cluster().pre_prepare(View(0), SequenceNumber(1), backup.batch_at(2)), 0);
  CHECK(backup.rejected(Reject::conflicting_digest) == 1);
  CHECK(backup.sent<Prepare>().size() == 1);
  backup.receive(backup.proposal_at(1), 0);
  CHECK(backup.rejected(Reject::duplicate) == 1);
  CHECK(backup.sent<Prepare>().size() == 1);
}

TEST_CASE("4.2: a pre-prepare of another view is not accepted") {
  ReplicaUnderTest backup(2);
  backup.receive(backup.cluster().pre_prepare(View(1), SequenceNumber(1), backup.batch_at(1)), 1);
  CHECK(backup.rejected(Reject::wrong_view) == 1);
  CHECK(backup.sent<Prepare>().empty());
}

TEST_CASE("4.2: the sequence number is between a low and a high water mark, h and H") {
  ReplicaUnderTest backup(1);  // h = 0, L = 16, K = 8
  backup.receive(backup.proposal_at(16), 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  backup.receive(backup.proposal_at(17), 0);  // kept for later
  CHECK(backup.sent<Prepare>().size() == 1);
  CHECK(backup.rejected(Reject::out_of_range) == 1);
  backup.receive(backup.proposal_at(24), 0);
  backup.receive(backup.proposal_at(25), 0);  // beyond H + K: dropped
  CHECK(backup.rejected(Reject::out_of_range) == 3);
  backup.agree_through(8);
  backup.forget();
  backup.make_stable(8);
  std::vector<SequenceNumber> accepted;
  for (const Prepare& prepare : backup.sent<Prepare>()) accepted.push_back(prepare.n);
  CHECK(accepted == std::vector{SequenceNumber(17), SequenceNumber(24)});
  backup.receive(backup.proposal_at(8), 0);
  CHECK(backup.rejected(Reject::out_of_range) == 4);
}

TEST_CASE("4.2: prepared(m, v, n, i): the pre-prepare and 2f prepares from different backups that match it") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  backup.persist();
  CHECK(backup.sent<Commit>().empty());  // its own PREPARE is one
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  REQUIRE(backup.sent<Commit>().size() == 1);
  const auto& certificate = backup.log().prepared.at(SequenceNumber(1)).certificate;
  REQUIRE(certificate.prepares.size() == 2);
  CHECK(certificate.prepares[0].replica == ReplicaId(1));
  CHECK(certificate.prepares[1].replica == ReplicaId(2));
}

TEST_CASE("4.2: prepares count by signer: the same backup twice is one") {
  ReplicaUnderTest backup(1, 7);  // f = 2, q = 5: four prepares
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  backup.persist();
  for (int i = 0; i < 5; ++i) backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  backup.receive(backup.cluster().prepare(3, proposal.header), 3);
  CHECK(backup.rejected(Reject::duplicate) == 4);
  CHECK(backup.sent<Commit>().empty());
  backup.receive(backup.cluster().prepare(4, proposal.header), 4);
  CHECK(backup.sent<Commit>().size() == 1);
}

TEST_CASE("4.2: prepares that do not match the pre-prepare's digest do not count, and do not move the signer's vote") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  const PrePrepareHeader other{View(0), SequenceNumber(1), digest_filled(7)};
  backup.receive(proposal, 0);
  backup.persist();
  backup.receive(backup.cluster().prepare(2, other), 2);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  CHECK(backup.rejected(Reject::conflicting_vote) == 1);
  CHECK(backup.sent<Commit>().empty());
}

TEST_CASE("4.2: the primary's PREPARE is none") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  backup.persist();
  backup.receive(backup.cluster().prepare(0, proposal.header), 0);
  CHECK(backup.rejected(Reject::primary_prepared) == 1);
  CHECK(backup.sent<Commit>().empty());
}

TEST_CASE("4.2: votes that come before the pre-prepare are kept") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  for (const std::uint32_t peer : {2, 3}) {
    backup.receive(backup.cluster().prepare(peer, proposal.header), peer);
    backup.receive(backup.cluster().commit(peer, proposal.header), peer);
  }
  backup.receive(backup.cluster().commit(0, proposal.header), 0);
  CHECK(backup.executes.empty());
  backup.receive(proposal, 0);
  CHECK(backup.sent<Commit>().size() == 1);
  CHECK(backup.executes.size() == 1);
}

TEST_CASE("4.2: committed-local(m, v, n, i): prepared, and 2f + 1 commits, possibly its own, that match") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.propose(1);
  backup.receive(backup.cluster().commit(2, proposal.header), 2);
  CHECK(backup.executes.empty());  // its own COMMIT and one more
  backup.receive(backup.cluster().commit(2, proposal.header), 2);
  CHECK(backup.rejected(Reject::duplicate) >= 1);
  CHECK(backup.executes.empty());
  backup.receive(backup.cluster().commit(3, {View(0), SequenceNumber(1), digest_filled(9)}), 3);
  CHECK(backup.executes.empty());
  backup.receive(backup.cluster().commit(0, proposal.header), 0);
  REQUIRE(backup.executes.size() == 1);
  CHECK(backup.executes[0].digest == proposal.header.digest);
  const auto& certificate = backup.log().committed.at(SequenceNumber(1)).certificate;
  CHECK(certificate.commits.size() == 3);
}

TEST_CASE("4.2: replicas may commit out of order but execute in order of sequence numbers, each once") {
  ReplicaUnderTest backup(1);
  std::vector<PrePrepare> proposals;
  for (std::uint64_t n = 1; n <= 3; ++n) proposals.push_back(backup.propose(n));
  for (const std::size_t i : {2, 1}) {
    for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().commit(peer, proposals[i].header), peer);
  }
  CHECK(backup.executes.empty());
  for (const std::uint32_t peer : {0, 2, 3}) backup.receive(backup.cluster().commit(peer, proposals[0].header), peer);
  REQUIRE(backup.executes.size() == 3);
  for (std::uint64_t n = 1; n <= 3; ++n) CHECK(backup.executes[n - 1].n == SequenceNumber(n));
  backup.receive(CommittedBatch{backup.cluster().committed(proposals[0].header, {0, 2, 3}), proposals[0].batch}, 3);
  CHECK(backup.executes.size() == 3);
}

TEST_CASE("2: q for any n ≥ 4, not 2f + 1: with five replicas four commits are needed") {
  ReplicaUnderTest backup(1, 5);
  const PrePrepare proposal = backup.propose(1);
  CHECK(backup.log().prepared.at(SequenceNumber(1)).certificate.prepares.size() == 3);
  for (const std::uint32_t peer : {2, 3}) backup.receive(backup.cluster().commit(peer, proposal.header), peer);
  CHECK(backup.executes.empty());
  backup.receive(backup.cluster().commit(4, proposal.header), 4);
  CHECK(backup.executes.size() == 1);
}

TEST_CASE("2: q commits and the body decide, also for a replica that never prepared") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(CommittedBatch{backup.cluster().committed(proposal.header, {0, 2, 3}), proposal.batch}, 3);
  REQUIRE(backup.executes.size() == 1);
  CHECK(backup.sent<Commit>().empty());
  CHECK(backup.log().committed.at(SequenceNumber(1)).batch->digest() == proposal.header.digest);
}

TEST_CASE("4.1: votes come from their signer, over its own connection") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(backup.cluster().prepare(2, proposal.header), 3);
  backup.receive(backup.cluster().commit(2, proposal.header), 3);
  backup.receive(backup.cluster().checkpoint(2, SequenceNumber(8), digest_filled(1)), 3);
  backup.receive(backup.status_of(2), 3);
  backup.receive(backup.cluster().prepare(2, proposal.header), ClientId(0));
  CHECK(backup.rejected(Reject::sender_not_channel) == 5);
  // The vote of 2 itself is still welcome: what others relayed took no place.
  backup.receive(proposal, 0);
  backup.persist();
  backup.receive(backup.cluster().prepare(1, proposal.header), 3);
  CHECK(backup.rejected(Reject::own_message) == 1);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  CHECK(backup.sent<Commit>().size() == 1);
}

TEST_CASE("4.1: a pre-prepare proves itself, whoever brings it; the primary takes none") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 3);
  CHECK(backup.sent<Prepare>().size() == 1);
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(0));
  const PrePrepare own = primary.sent<PrePrepare>().at(0);
  primary.persist();
  primary.forget();
  primary.receive(own, 3);
  CHECK(primary.rejected(Reject::own_message) == 1);
  CHECK(primary.records.empty());
}

TEST_CASE("what only clients take is not wanted here") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.cluster().replies(2, 1, 0, 1), 2);
  CHECK(backup.rejected(Reject::not_wanted) == 1);
}

}  // namespace quorate::testing
