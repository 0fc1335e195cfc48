// REJOINs as replicated state: each counts once, in its order, and survives checkpoints and crashes.
#include <doctest/doctest.h>

#include "replica/service/rejoins.h"
#include "tests/support/sample_messages.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::entries_of;
using testing::ServiceRig;

Rejoin rejoin(std::uint32_t replica, std::uint64_t count, std::uint64_t nonce) {
  return {ReplicaId(replica), count, nonce, {}};
}

struct Rig {
  MemoryMap map;
  ServiceRig rig{map};

  ExecutedBatch order(std::vector<Rejoin> rejoins) {
    const BatchPtr batch = Batch::build(WallTime(1), {}, rejoins);
    return rig.service().execute(rig.service().last_executed() + 1, batch->digest(), batch.get());
  }
  const RejoinMark& mark(std::uint32_t replica) { return rig.service().rejoin_marks()[replica]; }
};

}  // namespace

TEST_CASE_FIXTURE(Rig, "the next REJOIN of a replica sets its floor: the first checkpoint at or above n + L") {
  const Genesis& genesis = rig.genesis();
  REQUIRE(genesis.log_window == 16);
  REQUIRE(genesis.checkpoint_interval == 8);
  const ExecutedBatch outcome = order({rejoin(1, 1, 9), rejoin(3, 1, 10)});  // n = 1
  REQUIRE(outcome.rejoins.size() == 2);
  CHECK(outcome.leaves.empty());
  CHECK(mark(1) == RejoinMark{ReplicaId(1), 1, 9, SequenceNumber(24)});
  CHECK(mark(3) == RejoinMark{ReplicaId(3), 1, 10, SequenceNumber(24)});
  CHECK(mark(0) == RejoinMark{ReplicaId(0), 0, 0, SequenceNumber(0)});
  while (rig.service().last_executed().value < 7) rig.run_null();
  order({rejoin(1, 2, 11)});  // n = 8: exactly L below a checkpoint
  CHECK(mark(1) == RejoinMark{ReplicaId(1), 2, 11, SequenceNumber(24)});
  order({rejoin(1, 3, 12)});  // n = 9
  CHECK(mark(1).floor == SequenceNumber(32));
}

TEST_CASE_FIXTURE(Rig, "a REJOIN out of its order, or of a loss that was counted, executes as nothing") {
  order({rejoin(1, 1, 9)});
  const RejoinMark before = mark(1);
  for (const Rejoin& useless :
       {rejoin(1, 1, 9), rejoin(1, 1, 10), rejoin(1, 0, 10), rejoin(1, 3, 10), rejoin(1, 2, 9)}) {
    CHECK(order({useless}).rejoins.empty());
    CHECK(mark(1) == before);
  }
  CHECK(order({rejoin(1, 2, 10)}).rejoins.size() == 1);
}

TEST_CASE_FIXTURE(Rig, "the first REJOIN of a replica may have the nonce 0") {
  CHECK(order({rejoin(2, 1, 0)}).rejoins.size() == 1);
}

TEST_CASE_FIXTURE(Rig, "a checkpoint holds the REJOINs, and only those of replicas that had one") {
  order({rejoin(3, 1, 10)});
  rig.service().write_checkpoint();
  const auto entries = entries_of(map);
  std::size_t records = 0;
  for (const auto& [key, value] : entries) {
    if (key[0] != 'r') continue;
    ++records;
    CHECK(to_hex(key) == "7200000003");
    CHECK(to_hex(value) == "01000000000000000a000000000000001800000000000000");
  }
  CHECK(records == 1);
  Service again(rig.genesis(), map);
  CHECK(again.rejoin_marks() == rig.service().rejoin_marks());
  // A reload forgets what the map does not have.
  order({rejoin(1, 1, 9)});
  rig.service().reload();
  CHECK(mark(1).count == 0);
  CHECK(mark(3).count == 1);
}

}  // namespace quorate
