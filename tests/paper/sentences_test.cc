// OSDI'99 sections 4.2 to 4.5: sentences that the other files do not try by themselves (sentences.txt has all of them).
#include <doctest/doctest.h>

#include "replica/core/new_view_rules.h"
#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
TEST_CASE("4.2: a PREPARE or COMMIT is accepted if its view is the current one and n is between h and H + K") {
  ReplicaUnderTest backup(1);
  const Digest digest = backup.proposal_at(1).header.digest;
  const auto say = [&](View view, std::uint64_t n) {
    const PrePrepareHeader header{view, SequenceNumber(n), digest};
    backup.receive(backup.cluster().prepare(2, header), 2);
    backup.receive(backup.cluster().commit(2, header), 2);
  };
  say(View(0), 24);
  CHECK(backup.rejected(Reject::out_of_range) == 0);
  say(View(0), 25);
  CHECK(backup.rejected(Reject::out_of_range) == 2);
  say(View(2), 1);
  CHECK(backup.rejected(Reject::wrong_view) == 2);
  backup.agree_through(8);
  backup.persist();
  backup.make_stable(8);
  say(View(0), 8);
  CHECK(backup.rejected(Reject::out_of_range) == 4);
  backup.receive(
      backup.cluster().new_view(View(2),
                                {backup.cluster().view_change(0, View(2)), backup.cluster().view_change(2, View(2)),
                                 backup.cluster().view_change(3, View(2))},
                                {}),
      2);
  REQUIRE(backup.status().view == View(2));
  say(View(1), 9);
  CHECK(backup.rejected(Reject::wrong_view) == 4);
}

TEST_CASE(
    "4.3: a stable checkpoint at n discards every pre-prepare, prepare and commit at or below, and older checkpoints") {
  ReplicaUnderTest backup(1);
  backup.agree_through(10);
  backup.persist();
  backup.receive(backup.cluster().commit(2, backup.proposal_at(8).header), 2);
  backup.make_stable(8);
  CHECK(backup.log().accepted.begin()->first == SequenceNumber(9));
  CHECK(backup.log().prepared.begin()->first == SequenceNumber(9));
  backup.core().state_durable(SequenceNumber(8));
  backup.tick(2'000'000);
  CHECK(backup.log().committed.begin()->first == SequenceNumber(9));
  backup.agree_through(16);
  backup.persist();
  backup.make_stable(16);
  CHECK(backup.log().own_checkpoints.begin()->first == SequenceNumber(16));
  CHECK(backup.log().accepted.empty());
  CHECK(backup.log().prepared.empty());
}

TEST_CASE(
    "4.4: the timer stops when nothing is waited for, and starts anew when something ran and something else waits") {
  ReplicaUnderTest backup(1);
  const PrePrepare first = backup.propose(1);
  backup.propose(2);
  wait(backup, timeout_us * 6 / 10);
  for (const std::uint32_t peer : {0, 2, 3}) backup.receive(backup.cluster().commit(peer, first.header), peer);
  backup.execute();
  wait(backup, timeout_us * 6 / 10);
  CHECK(backup.status().view == View(0));  // the second waits for less than a timeout
  backup.agree_through(2);
  wait(backup, 4 * timeout_us);
  CHECK(backup.status().view == View(0));  // nothing waits
  backup.propose(3);
  wait(backup, timeout_us * 6 / 10);
  CHECK(backup.status().view == View(0));
  wait(backup, timeout_us * 6 / 10);
  CHECK(backup.status().view == View(1));
}

TEST_CASE("4.4: in a VIEW-CHANGE n is the last stable checkpoint, C its proof, and P begins above it") {
  ReplicaUnderTest backup(1);
  backup.agree_through(8);
  const PrePrepare above = backup.propose(9);
  backup.make_stable(8);
  backup.forget();
  wait(backup, timeout_us + 10'000);
  const auto sent = backup.sent<ViewChangePtr>();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0]->low_watermark == SequenceNumber(8));
  REQUIRE(sent[0]->stable);
  CHECK(sent[0]->stable->n == SequenceNumber(8));
  CHECK(sent[0]->stable->checkpoints.size() == 3);
  REQUIRE(sent[0]->prepared.size() == 1);
  CHECK(sent[0]->prepared[0].header == above.header);
  ReplicaUnderTest peer(3);
  peer.receive(sent[0], 1);  // and it is valid
  CHECK(peer.rejected(Reject::wrong_view) == 0);
}

TEST_CASE(
    "4.4: a NEW-VIEW whose min-s is above our checkpoint brings the proof of it, and what lies below is discarded") {
  ReplicaUnderTest backup(3);
  backup.propose(1);
  REQUIRE_FALSE(backup.log().prepared.empty());
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : {0, 1, 2}) {
    changes.push_back(backup.cluster().view_change(id, View(1), SequenceNumber(id == 0 ? 0 : 8)));
  }
  const auto plan = derive_new_view(View(1), changes);
  REQUIRE(plan);
  CHECK(plan->min_s == SequenceNumber(8));
  backup.receive(backup.cluster().new_view(View(1), changes, plan->headers), 1);
  CHECK(backup.status().view == View(1));
  CHECK(backup.status().low_watermark == SequenceNumber(8));
  REQUIRE(backup.log().stable);
  CHECK(backup.log().stable->n == SequenceNumber(8));
  CHECK(backup.log().accepted.empty());
  CHECK(backup.log().prepared.empty());
}

TEST_CASE("4.4: nothing becomes prepared in a view that was left, though our own PREPARE counts only now") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);
  wait(backup, timeout_us + 10'000);
  REQUIRE(backup.status().view == View(1));
  backup.persist();
  CHECK(backup.log().prepared.empty());
  CHECK(backup.sent<Commit>().empty());
}

TEST_CASE("4.4: what prepared in one view and in none since is in every later P") {
  ReplicaUnderTest backup(3);
  const PrePrepare proposal = backup.propose(1);
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : {0, 1, 2}) changes.push_back(backup.cluster().view_change(id, View(1)));
  backup.receive(backup.cluster().new_view(View(1), changes, {}), 1);
  REQUIRE(backup.status().active);
  backup.persist();
  backup.forget();
  for (const std::uint32_t id : {0, 1}) backup.receive(backup.cluster().view_change(id, View(2)), id);
  REQUIRE(backup.sent<ViewChangePtr>().size() == 1);
  REQUIRE(backup.sent<ViewChangePtr>()[0]->prepared.size() == 1);
  CHECK(backup.sent<ViewChangePtr>()[0]->prepared[0].header == proposal.header);
}

TEST_CASE("4.5.1: a pre-prepare for a later view is not accepted before the NEW-VIEW for it") {
  ReplicaUnderTest backup(3);
  const PrePrepare early = backup.cluster().pre_prepare(View(1), SequenceNumber(1), backup.batch_at(1));
  backup.receive(early, 1);
  wait(backup, timeout_us);
  backup.receive(backup.proposal_at(2), 0);
  wait(backup, timeout_us + 10'000);
  REQUIRE(backup.status().view == View(1));
  backup.persist();
  backup.forget();
  backup.receive(early, 1);  // on the way to the view, and not there yet
  backup.persist();
  CHECK(backup.rejected(Reject::wrong_view) == 2);
  CHECK(backup.sent<Prepare>().empty());
  CHECK_FALSE(backup.log().accepted.contains(SequenceNumber(1)));
}

}  // namespace quorate::testing
