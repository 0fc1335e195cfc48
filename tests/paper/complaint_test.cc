// OSDI'99 section 4.4 and 4.5.2: what a backup may complain about, and how the timeout grows and shrinks.
#include <doctest/doctest.h>

#include "replica/core/new_view_rules.h"
#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
namespace {

void disconnect(ReplicaUnderTest& replica, std::uint32_t peer) {
  replica.core().disconnected(ReplicaId(peer));
  replica.tick(replica.now().steady.value + 1);
}

/// All others are in this view too, and the primary says nothing.
void enter(ReplicaUnderTest& backup, View view) {
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : {0, 1, 2}) changes.push_back(backup.cluster().view_change(id, view));
  backup.receive(backup.cluster().new_view(view, changes, derive_new_view(view, changes)->headers),
                 backup.cluster().genesis().quorums().primary_of(view).value);
  backup.persist();
}

}  // namespace

TEST_CASE("departure: with a broken connection to the primary a quarter of the timeout is enough") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  disconnect(backup, 0);
  wait(backup, timeout_us / 4 - 10'000);
  CHECK(backup.status().view == View(0));
  wait(backup, 20'000);
  CHECK(backup.status().view == View(1));
  CHECK(backup.status().left->why == Grievance::connection_broken);
}

TEST_CASE(
    "departure: what the primary told this replica alone takes the whole timeout, a request that waits does not") {
  ReplicaUnderTest alone(1);
  alone.receive(alone.proposal_at(1), 0);
  alone.persist();
  disconnect(alone, 0);
  wait(alone, timeout_us - 10'000);
  CHECK(alone.status().view == View(0));
  wait(alone, 20'000);
  CHECK(alone.status().view == View(1));

  ReplicaUnderTest asked(1);
  asked.receive(Request{asked.cluster().bundle(0, 1)}, ClientId(0));
  disconnect(asked, 0);
  wait(asked, timeout_us / 4 + 10'000);
  CHECK(asked.status().view == View(1));
}

TEST_CASE("departure: other connections, one that is there again, and one that no work waits for move nobody early") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  disconnect(backup, 2);
  disconnect(backup, 0);
  backup.core().connected(ReplicaId(0));
  wait(backup, timeout_us - 20'000);
  CHECK(backup.status().view == View(0));

  ReplicaUnderTest idle(1);
  disconnect(idle, 0);
  wait(idle, 10 * timeout_us);
  CHECK(idle.status().view == View(0));
}

TEST_CASE("departure: a connection broke, and slots become known by the votes of others: the primary is alive") {
  ReplicaUnderTest backup(1);
  backup.propose(1);
  disconnect(backup, 0);
  for (std::uint64_t n = 2; n < 5; ++n) {
    wait(backup, timeout_us / 5);
    for (const std::uint32_t peer : {2, 3}) {
      backup.receive(backup.cluster().commit(peer, backup.proposal_at(n).header), peer);
    }
  }
  CHECK(backup.status().view == View(0));
  wait(backup, timeout_us / 4 + 10'000);
  CHECK(backup.status().view == View(1));
}

TEST_CASE("departure: a replica that is behind f+1 others waits for them and complains about nobody") {
  ReplicaUnderTest laggard(1);
  laggard.receive(laggard.proposal_at(1), 0);
  laggard.persist();
  for (const std::uint32_t peer : {2, 3}) laggard.receive(laggard.status_of(peer, 0, 3), peer);
  disconnect(laggard, 0);
  wait(laggard, 5 * timeout_us);
  CHECK(laggard.status().view == View(0));
  for (const std::uint32_t peer : {0, 2, 3}) {
    laggard.receive(laggard.cluster().commit(peer, laggard.proposal_at(1).header), peer);
  }
  for (const std::uint64_t n : {2, 3}) laggard.receive(laggard.committed_at(n), 2);
  laggard.execute();
  laggard.propose(4);  // behind no more
  wait(laggard, timeout_us / 4 + 10'000);
  CHECK(laggard.status().view == View(1));
}

TEST_CASE("departure: f replicas that claim to be ahead silence nobody") {
  ReplicaUnderTest backup(1);
  backup.receive(backup.proposal_at(1), 0);
  backup.persist();
  backup.receive(backup.status_of(2, 0, 1'000'000), 2);
  wait(backup, timeout_us + 10'000);
  CHECK(backup.status().view == View(1));
  CHECK(backup.status().left->why == Grievance::nothing_executed);
}

TEST_CASE("4.5.2: a primary that dies now and then does not let the timeout grow from one to the next") {
  ReplicaUnderTest backup(3);
  const auto stall = [&](std::uint64_t view, std::uint64_t us) {
    const PrePrepare proposal = backup.cluster().pre_prepare(View(view), SequenceNumber(1), backup.batch_at(1));
    backup.receive(proposal, static_cast<std::uint32_t>(view % 4));
    backup.persist();
    wait(backup, us);
    return backup.status().view != View(view);
  };
  CHECK(stall(0, timeout_us + 10'000));
  enter(backup, View(1));
  CHECK_FALSE(stall(1, timeout_us + 10'000));  // in a row, so it is patient twice as long
  CHECK(stall(1, timeout_us));
  enter(backup, View(4));
  CHECK_FALSE(stall(4, 4 * timeout_us - 10'000));
  enter(backup, View(5));
  wait(backup, 9 * timeout_us);  // it served, not for eight of the grown timeouts
  CHECK(stall(5, 4 * timeout_us + 10'000));
  enter(backup, View(8));
  CHECK(stall(8, timeout_us + 10'000));
}

}  // namespace quorate::testing
