// OSDI'99 section 4.6.2, and replica/README.md section 5, "State transfer": when a replica fetches a state, and what it
// does meanwhile and afterwards. How it is fetched: tests/unit/state_transfer_test.cc.
#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
namespace {

constexpr SequenceNumber h(16);

/// A backup that knows a stable checkpoint at 16 and has executed nothing.
struct Laggard : ReplicaUnderTest {
  Laggard() : ReplicaUnderTest(1) {
    receive(cluster().stable(h, root_at(h), {0, 2, 3}), 3);
    for (const std::uint32_t peer : peers()) receive(status_of(peer, 16, 20), peer);
  }
  /// Time passes; peers asked for batches answer with nothing.
  void wait_for_answers() {
    for (int i = 0; i < 8 && !transfer; ++i) tick(now().steady.value + CoreOptions().status_interval_us + 1);
  }
  void lose() {
    wait_for_answers();
    REQUIRE(transfer == h);
  }
};

/// A backup whose root at 8 is not the one that the others agreed on.
struct Diverged : ReplicaUnderTest {
  Diverged() : ReplicaUnderTest(1) {
    agree_through(8);
    persist();
    receive(cluster().stable(SequenceNumber(8), digest_filled(0x55), {0, 2, 3}), 3);
    tick(now().steady.value + 1);
  }
};

}  // namespace

TEST_CASE(
    "4.6.2: a replica behind h fetches the state once no peer that executed its first missing slot has the batch") {
  Laggard laggard;
  CHECK_FALSE(laggard.transfer.has_value());
  std::size_t asked = 0;
  for (; asked < 3 && !laggard.transfer; ++asked) {
    laggard.tick(laggard.now().steady.value + CoreOptions().status_interval_us + 1);
  }
  laggard.wait_for_answers();
  CHECK(laggard.transfer == h);
  for (const std::uint32_t peer : laggard.peers()) CHECK(laggard.sent_to<Fetch>(peer).size() >= 1);
  CHECK(laggard.status().transferring);
}

TEST_CASE("4.6.2: while a peer has the batches, they are fetched and not the state") {
  Laggard laggard;
  for (std::uint64_t n = 1; n <= 16; ++n) {
    laggard.tick(laggard.now().steady.value + CoreOptions().status_interval_us + 1);
    laggard.receive(laggard.committed_at(n), 2);
    laggard.execute();
  }
  CHECK_FALSE(laggard.transfer.has_value());
  CHECK(laggard.status().last_executed == h);
}

TEST_CASE("4.6.2: a replica that lacks batches above h waits for them, it fetches no state") {
  ReplicaUnderTest backup(1);
  for (const std::uint32_t peer : backup.peers()) backup.receive(backup.status_of(peer, 0, 5), peer);
  for (int i = 0; i < 20; ++i) backup.tick(backup.now().steady.value + CoreOptions().status_interval_us + 1);
  CHECK(backup.sent<Fetch>().size() >= 3);
  CHECK_FALSE(backup.transfer.has_value());
}

TEST_CASE("while its state is fetched a replica votes, executes nothing, and complains about nobody") {
  Laggard laggard;
  laggard.lose();
  laggard.forget();
  const PrePrepare proposal = laggard.propose(17);
  CHECK(laggard.sent<Prepare>().size() == 1);
  for (const std::uint32_t peer : {0, 2, 3}) laggard.receive(laggard.cluster().commit(peer, proposal.header), peer);
  CHECK(laggard.sent<Commit>().size() >= 1);
  CHECK(laggard.executes.empty());
  for (int i = 0; i < 100; ++i) laggard.tick(laggard.now().steady.value + CoreOptions().view_timeout_us);
  CHECK(laggard.sent<ViewChangePtr>().empty());
  CHECK(laggard.sent<Fetch>().empty());
  Diverged diverged;  // nobody is known to be ahead of it
  diverged.propose(9);
  for (int i = 0; i < 100; ++i) diverged.tick(diverged.now().steady.value + CoreOptions().view_timeout_us / 8);
  CHECK(diverged.sent<ViewChangePtr>().empty());
}

TEST_CASE("4.6.2: with the state at n in hand a replica executes on from n and signs CHECKPOINT(n)") {
  Laggard laggard;
  laggard.lose();
  const PrePrepare proposal = laggard.propose(17);
  for (const std::uint32_t peer : {0, 2, 3}) laggard.receive(laggard.cluster().commit(peer, proposal.header), peer);
  laggard.core().installed(h, laggard.root_at(h), {}, {});
  laggard.persist();
  CHECK_FALSE(laggard.status().transferring);
  REQUIRE(laggard.executes.size() == 1);
  CHECK(laggard.executes[0].n == h + 1);
  const auto checkpoints = laggard.sent<Checkpoint>();
  REQUIRE(checkpoints.size() == 1);
  CHECK(checkpoints[0].n == h);
  CHECK(checkpoints[0].root == laggard.root_at(h));
  laggard.execute();
  CHECK(laggard.status().last_executed == h + 1);
  CHECK(laggard.status().state_durable == h);
}

TEST_CASE("what is decided while a state is on its way is kept, through 2L beyond h, and follows the state") {
  Laggard laggard;
  laggard.lose();
  for (std::uint64_t n = 33; n <= 40; ++n)
    laggard.receive(laggard.committed_at(n), 2);  // beyond 2L of what it executed
  laggard.core().installed(SequenceNumber(32), laggard.root_at(SequenceNumber(32)), {}, {});
  laggard.tick(laggard.now().steady.value + 1);
  REQUIRE(laggard.executes.size() == 8);
  CHECK(laggard.executes[7].n == SequenceNumber(40));
}

TEST_CASE("what was decided far below h while a state is on its way is forgotten: h moves on and execution does not") {
  Laggard laggard;
  laggard.lose();
  laggard.receive(laggard.committed_at(17), 2);
  for (const std::uint64_t n : {24, 32, 40, 48, 56}) {
    laggard.receive(laggard.cluster().stable(SequenceNumber(n), laggard.root_at(SequenceNumber(n)), {0, 2, 3}), 3);
  }
  laggard.receive(laggard.committed_at(57), 2);
  laggard.core().installed(h, laggard.root_at(h), {}, {});
  laggard.tick(laggard.now().steady.value + 1);
  CHECK(laggard.executes.empty());  // it asks for 17 anew
}

TEST_CASE("what an installed state has executed is not pushed any more") {
  Laggard laggard;
  laggard.receive(Request{laggard.cluster().bundle(0, 7)}, ClientId(0));
  laggard.receive(Request{laggard.cluster().bundle(1, 7)}, ClientId(1));
  const std::size_t both = laggard.status().admitted_bytes;
  laggard.lose();
  laggard.core().installed(h, laggard.root_at(h), {{ClientId(0), Timestamp(0), {Timestamp(8)}}}, {});
  CHECK(laggard.status().admitted_bytes == both / 2);
  laggard.receive(Request{laggard.cluster().bundle(0, 7)}, ClientId(0));
  CHECK(laggard.rejected(Reject::already_executed) == 1);
}

TEST_CASE("a replica whose root differs from a stable one fetches the state, and takes no checkpoint until it has it") {
  Diverged diverged;
  CHECK(diverged.status().diverged == SequenceNumber(8));
  CHECK(diverged.transfer == SequenceNumber(8));
  diverged.forget();
  diverged.core().checkpointed(SequenceNumber(16), digest_filled(0x66));
  diverged.persist();
  CHECK(diverged.sent<Checkpoint>().empty());
  diverged.core().installed(SequenceNumber(8), digest_filled(0x55), {}, {});
  CHECK(diverged.status().diverged == SequenceNumber(0));
}

TEST_CASE("a repaired replica signs no CHECKPOINT where it may have signed a wrong one, and the next one again") {
  ReplicaUnderTest backup(1);
  backup.agree_through(16);  // signs 8 and 16
  backup.persist();
  backup.receive(backup.cluster().stable(SequenceNumber(8), digest_filled(0x55), {0, 2, 3}), 3);
  backup.tick(backup.now().steady.value + 1);
  REQUIRE(backup.transfer == SequenceNumber(8));
  backup.forget();
  backup.core().installed(SequenceNumber(8), digest_filled(0x55), {}, {});
  backup.tick(backup.now().steady.value + 1);
  REQUIRE(backup.executes.back().n == SequenceNumber(16));  // once more, on the right state
  for (SequenceNumber n(9); n.value <= 16; ++n) backup.core().executed({n, {}});
  backup.core().checkpointed(SequenceNumber(16), digest_filled(0x77));
  backup.persist();
  CHECK(backup.recorded<OwnCheckpointRecord>().empty());
  CHECK(backup.status().diverged == SequenceNumber(0));
  backup.receive(backup.cluster().stable(SequenceNumber(16), digest_filled(0x77), {0, 2, 3}), 3);
  CHECK(backup.status().diverged == SequenceNumber(0));
  const auto last = [&] {
    for (std::uint64_t n = 17; n <= 24; ++n) {
      const PrePrepare proposal = backup.propose(n);
      for (const std::uint32_t peer : backup.peers())
        backup.receive(backup.cluster().commit(peer, proposal.header), peer);
      backup.core().executed({SequenceNumber(n), {}});
    }
    backup.core().checkpointed(SequenceNumber(24), digest_filled(0x78));
    backup.tick(backup.now().steady.value + 1);
  };
  last();
  CHECK(backup.recorded<OwnCheckpointRecord>().size() == 1);
}

TEST_CASE("a restart in the middle of a transfer begins another one, and replays nothing on what is no state") {
  ReplicaUnderTest before(1);
  before.agree_through(3);
  Recovered recovered;
  recovered.log = before.log();
  recovered.state_lost = true;
  Ed25519Signer key(seed_of(2));
  Core core(before.cluster().genesis(), ReplicaId(1), key, {}, recovered, before.now());
  const Output output = core.take_output();
  CHECK(output.transfer == SequenceNumber(0));
  CHECK(output.executes.empty());
}

TEST_CASE("a state older than the slots that the log has dropped for it is lost, and is fetched at once") {
  const ReplicaUnderTest before(1);
  const auto transfer_from = [&](std::uint64_t state) {
    Recovered recovered;
    recovered.log.bodies_collected = h;
    recovered.log.stable = before.cluster().stable(h, digest_filled(0x44), {0, 2, 3});
    recovered.state = SequenceNumber(state);
    Ed25519Signer key(seed_of(2));
    Core core(before.cluster().genesis(), ReplicaId(1), key, {}, recovered, before.now());
    return core.take_output().transfer;
  };
  CHECK(transfer_from(0) == h);
  CHECK(transfer_from(8) == h);
  CHECK_FALSE(transfer_from(16).has_value());
}

TEST_CASE("a state that becomes durable after it was given up does not let bodies go") {
  Diverged diverged;
  diverged.forget();
  diverged.core().state_durable(SequenceNumber(8));
  diverged.tick(diverged.now().steady.value + 1);
  CHECK(diverged.recorded<CollectRecord>().empty());
  CHECK(diverged.status().state_durable == SequenceNumber(0));
}

}  // namespace quorate::testing
