// `wants`: votes that could change nothing cost no signature check; those that could are never refused.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
namespace {

bool wants(ReplicaUnderTest& replica, const Message& message) {
  return replica.core().wants(vote_header(message, ReplicaId(0)).value());
}

}  // namespace

TEST_CASE("a vote is wanted until its signer's is held or the quorum is there") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  const PrePrepareHeader& header = proposal.header;
  CHECK(wants(backup, proposal));
  backup.receive(proposal, 0);
  CHECK_FALSE(wants(backup, proposal));
  CHECK(wants(backup, backup.cluster().prepare(2, header)));
  backup.receive(backup.cluster().prepare(2, header), 2);
  CHECK_FALSE(wants(backup, backup.cluster().prepare(2, header)));
  CHECK(wants(backup, backup.cluster().prepare(3, header)));
  backup.persist();  // prepared
  CHECK_FALSE(wants(backup, backup.cluster().prepare(3, header)));
  backup.persist();
  CHECK(wants(backup, backup.cluster().commit(3, header)));
  for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().commit(peer, header), peer);
  CHECK_FALSE(wants(backup, backup.cluster().commit(3, header)));
}

TEST_CASE("nothing is wanted of ourselves that we know, of the primary as a backup, of another view or beyond H + K") {
  ReplicaUnderTest backup(1);
  const PrePrepareHeader header = backup.proposal_at(1).header;
  backup.receive(backup.proposal_at(1), 0);
  CHECK_FALSE(wants(backup, backup.cluster().prepare(1, header)));
  CHECK_FALSE(wants(backup, backup.cluster().prepare(0, header)));
  CHECK(wants(backup, backup.cluster().commit(0, header)));
  CHECK(wants(backup, backup.cluster().commit(0, {View(1), header.n, header.digest})));  // kept until it is there
  CHECK_FALSE(wants(backup, backup.cluster().commit(0, {View(2), header.n, header.digest})));
  CHECK(wants(backup, backup.cluster().commit(0, {View(0), SequenceNumber(24), header.digest})));
  CHECK_FALSE(wants(backup, backup.cluster().commit(0, {View(0), SequenceNumber(25), header.digest})));
}

TEST_CASE("a CHECKPOINT is wanted once of each signer, above h; a proof only above h") {
  ReplicaUnderTest backup(1);
  const SequenceNumber n(8);
  const auto proof = backup.cluster().stable(n, digest_filled(8), {0, 2, 3});
  CHECK(wants(backup, backup.cluster().checkpoint(2, n, digest_filled(8))));
  CHECK_FALSE(wants(backup, backup.cluster().checkpoint(2, SequenceNumber(9), digest_filled(8))));
  backup.receive(backup.cluster().checkpoint(2, n, digest_filled(8)), 2);
  CHECK_FALSE(wants(backup, backup.cluster().checkpoint(2, n, digest_filled(8))));
  CHECK(wants(backup, proof));
  backup.receive(proof, 3);
  CHECK_FALSE(wants(backup, proof));
  CHECK_FALSE(wants(backup, backup.cluster().checkpoint(1, n, digest_filled(8))));
  CHECK_FALSE(wants(backup, backup.cluster().checkpoint(3, n, digest_filled(8))));
}

TEST_CASE("a committed batch is wanted until its slot is decided") {
  ReplicaUnderTest backup(1);
  CHECK(wants(backup, backup.committed_at(1)));
  backup.receive(backup.committed_at(1), 3);
  CHECK_FALSE(wants(backup, backup.committed_at(1)));
}

TEST_CASE("asking changes nothing") {
  ReplicaUnderTest backup(1);
  const PrePrepareHeader header = backup.proposal_at(1).header;
  for (int i = 0; i < 3; ++i) CHECK(wants(backup, backup.cluster().prepare(2, header)));
  CHECK(backup.rejected(Reject::duplicate) == 0);
}

}  // namespace quorate::testing
