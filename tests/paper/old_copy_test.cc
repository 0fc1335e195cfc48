// A replica that began from an older copy of its log notices that by what its peers return of its own, and falls mute
// (replica/README.md, "Rejoin").
#include "tests/paper/rejoining.h"

namespace quorate {

using namespace testing;

namespace {

/// What replica 1 signed in a time that its log does not know, each returned by a peer.
std::vector<Message> forgotten(const ReplicaUnderTest& replica) {
  const auto& cluster = replica.cluster();
  const PrePrepareHeader header{View(0), SequenceNumber(3), digest_filled(7)};
  return {cluster.pre_prepare(View(1), SequenceNumber(3), replica.batch_at(3)),
          cluster.prepare(1, header),
          cluster.commit(1, header),
          cluster.checkpoint(1, SequenceNumber(8), digest_filled(8)),
          cluster.view_change(1, View(2)),
          new_view_of(replica, 1)};
}

}  // namespace

TEST_CASE("a replica whose log does not know what it signed becomes mute, whatever of the six it is") {
  const std::vector<Message> messages = forgotten(ReplicaUnderTest(1));
  for (const Message& message : messages) {
    CAPTURE(static_cast<int>(type_of(message)));
    Recovered old;
    old.fresh_nonce = 44;
    ReplicaUnderTest replica(1, 4, old);
    replica.receive(message, 2);
    REQUIRE(replica.status().mute.has_value());
    CHECK(replica.log().mute == 44);
    replica.persist();
    replica.forget();
    others_decide(replica, replica.proposal_at(1));
    check_silent(replica);
  }
}

TEST_CASE("wants lets a forgotten vote through and no other of our own") {
  ReplicaUnderTest replica(1);
  for (const Message& message : forgotten(replica)) {
    CAPTURE(static_cast<int>(type_of(message)));
    CHECK(replica.core().wants(*vote_header(message, ReplicaId(1))));
  }
  const PrePrepare proposal = replica.propose(1);
  CHECK_FALSE(replica.core().wants(*vote_header(replica.cluster().prepare(1, proposal.header), ReplicaId(0))));
  CHECK_FALSE(replica.core().wants(*vote_header(replica.cluster().commit(1, proposal.header), ReplicaId(0))));
}

TEST_CASE("what the log knows, or what is behind h or of an older view, makes nobody mute") {
  Recovered recovered;
  recovered.fresh_nonce = 44;
  ReplicaUnderTest before(1);
  const auto& cluster = before.cluster();
  const PrePrepare proposal = before.propose(1);
  Recovered again = recovered;
  again.log = before.log();
  ReplicaUnderTest replica(1, 4, again);
  replica.receive(cluster.prepare(1, proposal.header), 2);
  replica.receive(cluster.commit(1, proposal.header), 3);
  CHECK_FALSE(replica.status().mute.has_value());
  CHECK(replica.rejected(Reject::own_message) == 2);
  // Behind h.
  replica.agree_through(8);
  replica.persist();
  replica.make_stable(8);
  const PrePrepareHeader behind{View(0), SequenceNumber(8), digest_filled(7)};
  replica.receive(cluster.prepare(1, behind), 2);
  replica.receive(cluster.commit(1, behind), 2);
  replica.receive(cluster.checkpoint(1, SequenceNumber(8), digest_filled(3)), 2);
  CHECK_FALSE(replica.status().mute.has_value());
  // Of an older view.
  replica.receive(new_view_of(replica, 2), 2);
  REQUIRE(replica.status().view == View(2));
  const PrePrepareHeader older{View(1), SequenceNumber(9), digest_filled(7)};
  replica.receive(cluster.commit(1, older), 2);
  replica.receive(cluster.view_change(1, View(1)), 2);
  replica.receive(cluster.pre_prepare(View(1), SequenceNumber(9), replica.batch_at(9)), 3);
  CHECK_FALSE(replica.status().mute.has_value());
}

TEST_CASE("a COMMIT is known by its certificate and not by an acceptance, and only of that digest") {
  ReplicaUnderTest replica(1);
  const PrePrepare proposal = replica.proposal_at(1);
  replica.receive(proposal, 0);
  replica.persist();
  PrePrepareHeader other = proposal.header;
  replica.receive(replica.cluster().prepare(1, other), 2);
  CHECK_FALSE(replica.status().mute.has_value());
  SUBCASE("the certificate is not there") { replica.receive(replica.cluster().commit(1, other), 2); }
  SUBCASE("another digest was prepared") {
    other.digest = digest_filled(7);
    replica.receive(replica.cluster().prepare(1, other), 2);
  }
  CHECK(replica.status().mute.has_value());
}

TEST_CASE("votes that still wait for their records in this life are no loss") {
  ReplicaUnderTest replica(1);
  const PrePrepare proposal = replica.proposal_at(1);
  replica.receive(proposal, 0);  // nothing is durable
  replica.receive(replica.cluster().prepare(1, proposal.header), 2);
  CHECK_FALSE(replica.status().mute.has_value());
}

TEST_CASE("replies, STATUS and REJOIN of ours make nobody mute") {
  ReplicaUnderTest replica(1);
  replica.receive(replica.status_of(1, 8, 9), 2);
  replica.receive(own_rejoin(replica, 1), 2);
  replica.receive(replica.cluster().replies(1, 3, 0, 3), 2);
  CHECK_FALSE(replica.status().mute.has_value());
}

TEST_CASE("a mute replica keeps its own VIEW-CHANGE that it had forgotten, and follows its own NEW-VIEW") {
  ReplicaUnderTest replica(1);
  const ViewChangePtr own = replica.cluster().view_change(1, View(2));
  replica.receive(own, 2);
  CHECK(replica.status().view == View(2));
  CHECK_FALSE(replica.status().active);
  REQUIRE(replica.log().view_change);
  CHECK(replica.log().view_change->view == View(2));
  ReplicaUnderTest primary(1);
  primary.receive(new_view_of(primary, 1), 3);
  CHECK(primary.status().mute.has_value());
  CHECK(primary.status().view == View(1));
  CHECK(primary.status().active);
  check_silent(primary);
}

TEST_CASE("a peer that does not know its own votes any more is sent the newest of them") {
  ReplicaUnderTest replica(1);
  replica.propose(1);
  const PrePrepare second = replica.propose(2);
  for (const std::uint32_t peer : {0, 2, 3}) replica.receive(replica.cluster().commit(peer, second.header), peer);
  replica.receive(replica.cluster().checkpoint(2, SequenceNumber(8), digest_filled(8)), 2);
  replica.receive(replica.cluster().view_change(2, View(1)), 2);
  replica.forget();
  replica.receive(replica.status_of(2), 2);
  const auto own = [](const auto& votes) {
    return std::count_if(votes.begin(), votes.end(), [](const auto& vote) { return vote.replica == ReplicaId(2); });
  };
  CHECK(own(replica.sent_to<Prepare>(2)) == 1);
  CHECK(own(replica.sent_to<Commit>(2)) == 1);
  CHECK(own(replica.sent_to<Checkpoint>(2)) == 1);
  REQUIRE(replica.sent_to<ViewChangePtr>(2).size() == 1);
  CHECK(replica.sent_to<ViewChangePtr>(2)[0]->replica == ReplicaId(2));
  // The primary is sent its PRE-PREPARE.
  replica.receive(replica.status_of(0), 0);
  REQUIRE_FALSE(replica.sent_to<PrePrepare>(0).empty());
  CHECK(replica.sent_to<PrePrepare>(0)[0].header == second.header);
}

}  // namespace quorate
