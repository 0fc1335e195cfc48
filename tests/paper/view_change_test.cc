// OSDI'99 section 4.4 and 4.5.2: leaving a view, what a VIEW-CHANGE says, what a NEW-VIEW must say, and who moves whom.
#include <doctest/doctest.h>

#include "replica/core/new_view_rules.h"
#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
namespace {

/// A backup that was handed a proposal and hears nothing more.
void stall(ReplicaUnderTest& backup) {
  backup.receive(backup.proposal_at(1), 0);
  backup.persist();
  wait(backup, timeout_us + 10'000);
}

std::vector<ViewChangePtr> changes_of(const ReplicaUnderTest& replica, View view,
                                      const std::vector<PreparedCertificate>& prepared = {},
                                      const std::vector<std::uint32_t>& from = {0, 1, 2}) {
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : from) changes.push_back(replica.cluster().view_change(id, view, {}, prepared));
  return changes;
}

NewViewPtr new_view_of(const ReplicaUnderTest& replica, View view,
                       const std::vector<PreparedCertificate>& prepared = {}) {
  const auto changes = changes_of(replica, view, prepared);
  return replica.cluster().new_view(view, changes, derive_new_view(view, changes)->headers);
}

PreparedCertificate certificate_at(const ReplicaUnderTest& replica, std::uint64_t n) {
  return replica.cluster().prepared(replica.proposal_at(n).header, {1, 2});
}

}  // namespace

TEST_CASE("4.4: a backup that waits for a request to execute starts a view change when its timer expires") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 0);
  backup.persist();
  wait(backup, timeout_us - 10'000);
  CHECK(backup.status().view == View(0));
  wait(backup, 20'000);
  CHECK(backup.status().view == View(1));
  CHECK_FALSE(backup.status().active);
}

TEST_CASE("4.4: a replica that waits for nothing complains about nobody, and a primary not about itself") {
  ReplicaUnderTest idle(1);
  wait(idle, 10 * timeout_us);
  CHECK(idle.status().view == View(0));
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(0));
  primary.persist();
  wait(primary, 10 * timeout_us);
  CHECK(primary.status().view == View(0));
}

TEST_CASE("4.4: a replica that slept does not take its sleep for a slow primary") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 0);
  backup.persist();
  backup.tick(backup.now().steady.value + 100 * timeout_us);
  CHECK(backup.status().view == View(0));
  wait(backup, timeout_us + 10'000);
  CHECK(backup.status().view == View(1));
}

TEST_CASE("4.4: the VIEW-CHANGE leaves only when it is durable, and lists what was prepared before it") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.propose(1);  // prepared
  backup.forget();
  wait(backup, timeout_us + 10'000);
  const auto sent = backup.sent<ViewChangePtr>();
  REQUIRE(sent.size() == 1);
  REQUIRE(sent[0]->prepared.size() == 1);
  CHECK(sent[0]->prepared[0].header == proposal.header);
  CHECK(sent[0]->view == View(1));
  CHECK_FALSE(sent[0]->stable);
  for (const Send& send : backup.sends) {
    if (!std::holds_alternative<ViewChangePtr>(*send.message)) continue;
    CHECK(send.waits_for == backup.records.back().number);
    CHECK(std::holds_alternative<ViewChangeRecord>(backup.records.back().record));
  }
}

TEST_CASE(
    "4.4: vc-before-persisted: a certificate that is on its way to the log is in P, and the VIEW-CHANGE waits for it") {
  ReplicaUnderTest backup(1);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(proposal, 0);
  backup.persist();
  wait(backup, timeout_us - 10'000);
  backup.receive(backup.cluster().prepare(2, proposal.header), 2);  // prepared; nothing is forced from here on
  wait(backup, timeout_us + 20'000);
  const auto sent = backup.sent<ViewChangePtr>();
  REQUIRE_FALSE(sent.empty());
  REQUIRE(sent[0]->prepared.size() == 1);
  RecordNumber prepared_record;
  for (const NumberedRecord& record : backup.records) {
    if (std::holds_alternative<PreparedRecord>(record.record)) prepared_record = record.number;
  }
  for (const Send& send : backup.sends) {
    if (std::holds_alternative<ViewChangePtr>(*send.message)) CHECK(send.waits_for > prepared_record);
  }
}

TEST_CASE("4.4: after its VIEW-CHANGE a replica accepts no PRE-PREPARE and no PREPARE of the old view") {
  ReplicaUnderTest backup(1);
  stall(backup);
  backup.persist();
  backup.forget();
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(backup.proposal_at(2), 0);
  for (const std::uint32_t peer : {2, 3}) backup.receive(backup.cluster().prepare(peer, proposal.header), peer);
  backup.persist();
  CHECK(backup.sent<Prepare>().empty());
  CHECK(backup.sent<Commit>().empty());
  CHECK(backup.log().prepared.empty());
  CHECK(backup.rejected(Reject::wrong_view) == 3);
}

TEST_CASE("departure: q COMMITs of the view that was left still decide") {
  ReplicaUnderTest backup(1);
  stall(backup);
  for (const std::uint32_t peer : {0, 2, 3}) {
    backup.receive(backup.cluster().commit(peer, backup.proposal_at(1).header), peer);
  }
  CHECK(backup.executes.size() == 1);
}

TEST_CASE("4.5.2: a replica joins when f+1 others are further, in the highest view that f+1 have reached") {
  ReplicaUnderTest backup(3);
  backup.receive(backup.cluster().view_change(0, View(5)), 0);
  CHECK(backup.status().view == View(0));  // f liars move nobody
  backup.receive(backup.cluster().view_change(1, View(2)), 1);
  CHECK(backup.status().view == View(2));
  backup.receive(backup.cluster().view_change(2, View(4)), 2);
  CHECK(backup.status().view == View(4));
}

TEST_CASE("4.4: the primary of the new view sends NEW-VIEW when it has q VIEW-CHANGEs, its own once that is durable") {
  ReplicaUnderTest primary(1);
  const PrePrepare proposal = primary.propose(1);
  primary.receive(primary.cluster().view_change(2, View(1)), 2);
  primary.receive(primary.cluster().view_change(3, View(1)), 3);
  CHECK_FALSE(primary.status().active);
  CHECK(primary.sent<NewViewPtr>().empty());  // two, and its own is not durable
  primary.persist();
  REQUIRE(primary.sent<NewViewPtr>().size() == 1);
  const NewViewPtr sent = primary.sent<NewViewPtr>()[0];
  REQUIRE(sent->view_changes.size() == 3);
  REQUIRE(sent->pre_prepares.size() == 1);
  CHECK(sent->pre_prepares[0].header.digest == proposal.header.digest);
  CHECK(primary.status().active);
  CHECK(primary.status().view == View(1));
  for (const Send& send : primary.sends) {
    if (std::holds_alternative<NewViewPtr>(*send.message)) CHECK(send.waits_for == primary.records.back().number);
  }
}

TEST_CASE("4.4: V takes VIEW-CHANGEs for exactly its view, each replica's highest") {
  ReplicaUnderTest primary(1);
  stall(primary);
  primary.persist();
  primary.receive(primary.cluster().view_change(2, View(2)), 2);
  primary.receive(primary.cluster().view_change(3, View(1)), 3);
  CHECK(primary.sent<NewViewPtr>().empty());
  primary.receive(primary.cluster().view_change(0, View(1)), 0);
  CHECK(primary.sent<NewViewPtr>().size() == 1);
}

TEST_CASE("4.4: the new primary fetches a body of O that it lacks before it sends NEW-VIEW") {
  ReplicaUnderTest primary(1);
  const PreparedCertificate certificate = primary.cluster().prepared(primary.proposal_at(1).header, {2, 3});
  for (const std::uint32_t id : {2, 3}) {
    primary.receive(primary.cluster().view_change(id, View(1), {}, {certificate}), id);
  }
  primary.persist();
  CHECK(primary.sent<NewViewPtr>().empty());
  REQUIRE_FALSE(primary.sent<FetchBody>().empty());
  CHECK(primary.sent<FetchBody>()[0].digest == certificate.header.digest);
  primary.receive(BatchBody{SequenceNumber(1), certificate.header.digest, primary.batch_at(1)}, 3);
  CHECK(primary.sent<NewViewPtr>().size() == 1);
}

TEST_CASE("4.4: a backup takes a NEW-VIEW that follows from V, logs it, and sends PREPAREs for O") {
  ReplicaUnderTest backup(3);
  backup.receive(backup.proposal_at(1), 0);
  backup.persist();
  backup.forget();
  const NewViewPtr message = new_view_of(backup, View(1), {certificate_at(backup, 1)});
  backup.receive(message, 1);  // without a VIEW-CHANGE of its own
  CHECK(backup.status().view == View(1));
  CHECK(backup.status().active);
  CHECK(std::holds_alternative<NewViewRecord>(backup.records.front().record));
  const auto prepares = backup.sent<Prepare>();
  REQUIRE(prepares.size() == 1);
  CHECK(prepares[0].view == View(1));
  CHECK(prepares[0].digest == backup.proposal_at(1).header.digest);
}

TEST_CASE("4.4: holes are filled with null requests, which execute as nothing") {
  ReplicaUnderTest backup(3);
  const NewViewPtr message = new_view_of(backup, View(1), {certificate_at(backup, 2)});
  backup.receive(message, 1);
  backup.persist();
  const PrePrepareHeader null_1{View(1), SequenceNumber(1), null_digest()};
  for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().prepare(peer, null_1), peer);
  backup.persist();
  for (const std::uint32_t peer : {0, 1, 2}) backup.receive(backup.cluster().commit(peer, null_1), peer);
  REQUIRE(backup.executes.size() == 1);
  CHECK_FALSE(backup.executes[0].batch);
}

TEST_CASE("4.4: a NEW-VIEW that drops, nulls or invents is refused") {
  ReplicaUnderTest backup(3);
  const auto changes = changes_of(backup, View(1), {certificate_at(backup, 1)});
  const PrePrepareHeader right{View(1), SequenceNumber(1), backup.proposal_at(1).header.digest};
  const PrePrepareHeader null_1{View(1), SequenceNumber(1), null_digest()};
  const PrePrepareHeader more{View(1), SequenceNumber(2), null_digest()};
  for (const auto& headers : std::vector<std::vector<PrePrepareHeader>>{{}, {null_1}, {right, more}}) {
    backup.receive(backup.cluster().new_view(View(1), changes, headers), 1);
    CHECK(backup.status().view == View(0));
  }
  CHECK(backup.rejected(Reject::wrong_new_view) == 3);
  backup.receive(backup.cluster().new_view(View(1), changes, {right}), 1);
  CHECK(backup.status().view == View(1));
}

TEST_CASE("4.4: a second NEW-VIEW for a view is ignored, also after a restart, and an older one") {
  ReplicaUnderTest backup(3);
  backup.receive(new_view_of(backup, View(2)), 2);
  backup.persist();
  const auto again = [&](ReplicaUnderTest& replica) {
    const auto before = replica.rejected(Reject::wrong_view);
    replica.receive(new_view_of(replica, View(2), {certificate_at(replica, 1)}), 2);
    replica.receive(new_view_of(replica, View(1)), 1);
    CHECK(replica.rejected(Reject::wrong_view) == before + 2);
    CHECK(replica.status().view == View(2));
    CHECK(replica.status().active);
  };
  again(backup);
  ReplicaUnderTest restarted(3, 4, Recovered{backup.log(), {}, {}});
  again(restarted);
}

TEST_CASE("4.4: a restart in the middle of a view change goes on with it, and votes in no older view") {
  ReplicaUnderTest backup(3);
  const PrePrepare proposal = backup.propose(1);
  wait(backup, timeout_us + 10'000);
  backup.persist();
  ReplicaUnderTest restarted(3, 4, Recovered{backup.log(), {}, {}});
  CHECK(restarted.status().view == View(1));
  CHECK_FALSE(restarted.status().active);
  restarted.receive(restarted.proposal_at(2), 0);
  restarted.persist();
  CHECK(restarted.sent<Prepare>().empty());
  restarted.receive(restarted.status_of(2), 2);  // a peer that has not heard of it
  REQUIRE(restarted.sent<ViewChangePtr>().size() == 1);
  CHECK(restarted.sent<ViewChangePtr>()[0]->prepared[0].header == proposal.header);
}

TEST_CASE("4.4: a slot that was executed is voted on again in the new view, and executed by nobody twice") {
  ReplicaUnderTest backup(3);
  backup.agree_through(1);
  CHECK(backup.executes.size() == 1);
  backup.forget();
  backup.receive(new_view_of(backup, View(1), {certificate_at(backup, 1)}), 1);
  backup.persist();
  const PrePrepareHeader header{View(1), SequenceNumber(1), backup.proposal_at(1).header.digest};
  REQUIRE(backup.sent<Prepare>().size() == 1);
  for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().prepare(peer, header), peer);
  backup.persist();
  CHECK(backup.sent<Commit>().size() == 1);
  for (const std::uint32_t peer : {0, 1, 2}) backup.receive(backup.cluster().commit(peer, header), peer);
  CHECK(backup.executes.size() == 1);
}

TEST_CASE("4.4: a certificate outlives views in which its slot was given something else") {
  ReplicaUnderTest backup(3);
  backup.propose(1);  // prepared in view 0, and V of view 1 knows nothing of it
  backup.receive(new_view_of(backup, View(1)), 1);
  backup.persist();
  const BatchPtr other = backup.batch_at(7);
  backup.receive(backup.cluster().pre_prepare(View(1), SequenceNumber(1), other), 1);
  backup.persist();
  ReplicaUnderTest restarted(3, 4, Recovered{backup.log(), {}, {}});
  restarted.receive(restarted.cluster().view_change(0, View(2)), 0);
  restarted.receive(restarted.cluster().view_change(1, View(2)), 1);
  const auto sent = restarted.sent<ViewChangePtr>();
  REQUIRE(sent.size() == 1);
  REQUIRE(sent[0]->prepared.size() == 1);
  CHECK(sent[0]->prepared[0].header == backup.proposal_at(1).header);
  // And its body is there for the primary that asks.
  FetchBody fetch{ReplicaId(2), SequenceNumber(1), backup.proposal_at(1).header.digest, {}};
  restarted.cluster().replica(2).sign(fetch);
  restarted.receive(fetch, 2);
  REQUIRE(restarted.sent<BatchBody>().size() == 1);
  CHECK(restarted.sent<BatchBody>()[0].batch->digest() == fetch.digest);
}

TEST_CASE("4.4: a backup that lacks a body of O fetches it, and votes when it is there") {
  ReplicaUnderTest backup(3);
  const PrePrepare proposal = backup.proposal_at(1);
  backup.receive(new_view_of(backup, View(1), {certificate_at(backup, 1)}), 1);
  backup.persist();
  CHECK(backup.sent<Prepare>().empty());
  REQUIRE_FALSE(backup.sent<FetchBody>().empty());
  backup.receive(BatchBody{SequenceNumber(1), proposal.header.digest, proposal.batch}, 0);
  CHECK(backup.sent<Prepare>().size() == 1);
  backup.receive(BatchBody{SequenceNumber(1), proposal.header.digest, proposal.batch}, 0);
  CHECK(backup.rejected(Reject::not_wanted) == 1);
}

TEST_CASE("4.4: votes of the next view that come before its NEW-VIEW are kept and counted then") {
  ReplicaUnderTest backup(3);
  backup.receive(backup.proposal_at(1), 0);
  const PrePrepareHeader header{View(1), SequenceNumber(1), backup.proposal_at(1).header.digest};
  for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().prepare(peer, header), peer);
  backup.receive(new_view_of(backup, View(1), {certificate_at(backup, 1)}), 1);
  backup.persist();
  CHECK(backup.sent<Commit>().size() == 1);
}

TEST_CASE("4.5.2: the timer of a view starts when q are there or beyond, and the next timeout is twice as long") {
  ReplicaUnderTest backup(3);
  stall(backup);
  backup.persist();
  wait(backup, 10 * timeout_us);
  CHECK(backup.status().view == View(1));  // alone
  backup.receive(backup.cluster().view_change(0, View(1)), 0);
  wait(backup, 10 * timeout_us);
  CHECK(backup.status().view == View(1));
  backup.receive(backup.cluster().view_change(2, View(1)), 2);
  wait(backup, 2 * timeout_us - 10'000);
  CHECK(backup.status().view == View(1));
  wait(backup, 20'000);
  CHECK(backup.status().view == View(2));
}

TEST_CASE("4.5.2: a view that served for long ends the row: the timeout is the first one again") {
  for (const bool long_service : {false, true}) {
    ReplicaUnderTest backup(3);
    wait(backup, long_service ? 8 * timeout_us : timeout_us);
    stall(backup);
    backup.persist();
    REQUIRE(backup.status().view == View(1));
    for (const std::uint32_t peer : {0, 2}) backup.receive(backup.cluster().view_change(peer, View(1)), peer);
    wait(backup, timeout_us + 10'000);
    CHECK(backup.status().view == (long_service ? View(2) : View(1)));
  }
}

TEST_CASE("4.4: on entering a view the primary proposes what waits, and backups forward it to the primary") {
  ReplicaUnderTest primary(1);
  const BundlePtr bundle = primary.cluster().bundle(0, 1);
  primary.receive(Request{bundle}, ClientId(0));
  primary.receive(primary.cluster().view_change(2, View(1)), 2);
  primary.receive(primary.cluster().view_change(3, View(1)), 3);
  primary.forget();
  primary.persist();
  REQUIRE(primary.sent<PrePrepare>().size() == 1);
  CHECK(primary.sent<PrePrepare>()[0].header.view == View(1));
  CHECK(primary.sent<PrePrepare>()[0].header.n == SequenceNumber(1));

  ReplicaUnderTest backup(3);
  backup.receive(Request{bundle}, ClientId(0));
  backup.forget();
  backup.receive(new_view_of(backup, View(1)), 1);
  CHECK(backup.sent_to<Request>(1).size() == 1);
}

TEST_CASE("departure: a request waits although a later one was executed: a friend's requests keep nobody quiet") {
  ReplicaUnderTest backup(1);
  backup.receive(Request{backup.cluster().bundle(1, 1)}, ClientId(1));  // censored
  for (std::uint64_t n = 1; backup.status().view == View(0) && n < 16; ++n) {
    backup.agree_through(n);
    wait(backup, timeout_us / 4);
    if (n % 8 == 0) backup.make_stable(n);
  }
  CHECK(backup.status().view == View(1));
}

}  // namespace quorate::testing
