// Exactly once: each client's window at every edge, duplicates, and what the map holds of it.
#include <doctest/doctest.h>

#include <limits>

#include "messages/limits.h"
#include "replica/service/state_layout.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::decoded;
using testing::encoded;
using testing::ServiceRig;
using testing::unsigned_bundle;

constexpr std::uint64_t t_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t jump = limits::timestamp_jump_max;

const Operation add_one = Add{as_bytes("a"), 1};

/// How one operation of client 0 ended: "run", "duplicate", "too old" or "too far".
std::string fate(ServiceRig& rig, std::uint64_t timestamp) {
  const ExecutedBatch batch = rig.run(0, timestamp, add_one);
  REQUIRE(batch.leaves.size() + batch.duplicates.size() + batch.refusals.size() == 1);
  if (!batch.leaves.empty()) return "run";
  if (!batch.duplicates.empty()) {
    CHECK(batch.duplicates[0].client == ClientId(0));
    CHECK(batch.duplicates[0].timestamp == Timestamp(timestamp));
    return "duplicate";
  }
  CHECK(batch.refusals[0].client == ClientId(0));
  CHECK(batch.refusals[0].timestamp == Timestamp(timestamp));
  return batch.refusals[0].reason == RefusalReason::too_old ? "too old" : "too far";
}

std::uint64_t low(const ServiceRig& rig) { return rig.service().low_mark(ClientId(0)).value; }

/// The sum after an Add that ran: how often one ran so far.
std::int64_t sum_of(const Leaf& leaf) { return std::get<Sum>(decoded(leaf.result)).value; }

TEST_CASE("the low mark follows W behind the newest timestamp, from 0") {
  MemoryMap map;
  ServiceRig rig(map, 4);
  CHECK(low(rig) == 0);
  CHECK(fate(rig, 1) == "run");
  CHECK(fate(rig, 4) == "run");
  CHECK(low(rig) == 0);
  CHECK(fate(rig, 5) == "run");
  CHECK(low(rig) == 1);
  CHECK(fate(rig, 3) == "run");
  CHECK(low(rig) == 1);
  CHECK(rig.service().newest(ClientId(0)) == Timestamp(5));
}

TEST_CASE("timestamps at the edges of a window") {
  MemoryMap map;
  ServiceRig rig(map, 4);
  CHECK(fate(rig, 100) == "run");
  REQUIRE(low(rig) == 96);
  CHECK(fate(rig, 95) == "too old");
  CHECK(fate(rig, 96) == "too old");
  CHECK(fate(rig, 97) == "run");
  CHECK(fate(rig, 97) == "duplicate");
  CHECK(fate(rig, 100) == "duplicate");
  CHECK(low(rig) == 96);
  CHECK(fate(rig, 101) == "run");
  CHECK(low(rig) == 97);
  CHECK(fate(rig, 97) == "too old");  // it did run: "too old" never means that it did not
}

TEST_CASE("a window of one operation") {
  MemoryMap map;
  ServiceRig rig(map, 1);
  CHECK(fate(rig, 1) == "run");
  CHECK(fate(rig, 1) == "duplicate");
  CHECK(fate(rig, 2) == "run");
  CHECK(fate(rig, 1) == "too old");
  CHECK(fate(rig, 2) == "duplicate");
}

TEST_CASE("limit timestamp_jump_max above the low mark") {
  MemoryMap map;
  ServiceRig rig(map, 4);
  CHECK(fate(rig, jump + 1) == "too far");
  CHECK(low(rig) == 0);
  CHECK(rig.service().newest(ClientId(0)) == Timestamp(0));
  CHECK(fate(rig, jump) == "run");
  CHECK(low(rig) == jump - 4);
  CHECK(fate(rig, 2 * jump - 4 + 1) == "too far");
  CHECK(fate(rig, 2 * jump - 4) == "run");
  CHECK(low(rig) == 2 * jump - 8);
}

TEST_CASE("timestamps up to the last of 64 bits") {
  MemoryMap map;
  {
    // A client that used its timestamps up would take 2^32 jumps: begin near the end.
    ByteWriter near_end;
    near_end.u64(t_max - 10);
    map.put(state_layout::window_key(ClientId(0), Timestamp(0)), near_end.view());
  }
  ServiceRig rig(map, 4);
  CHECK(low(rig) == t_max - 10);
  CHECK(rig.service().newest(ClientId(0)) == Timestamp(t_max - 10));
  CHECK(fate(rig, t_max - 10) == "too old");
  CHECK(fate(rig, t_max) == "run");
  CHECK(low(rig) == t_max - 4);
  CHECK(fate(rig, t_max) == "duplicate");
  CHECK(fate(rig, t_max - 3) == "run");
  CHECK(fate(rig, t_max - 4) == "too old");
}

TEST_CASE("a duplicate has its first result, and the operation ran once") {
  MemoryMap map;
  ServiceRig rig(map);
  const Leaf first = rig.run(0, 7, add_one).leaves.at(0);
  CHECK(sum_of(first) == 1);
  rig.run(0, 8, add_one);
  CHECK(rig.run(0, 7, add_one).duplicates.size() == 1);
  CHECK(rig.service().stored(ClientId(0), Timestamp(7)) == first);
  CHECK(sum_of(rig.run(0, 9, add_one).leaves.at(0)) == 3);
}

TEST_CASE("of two operations at one timestamp the first runs") {
  MemoryMap map;
  ServiceRig rig(map);
  const Operation other = Put{as_bytes("b"), as_bytes("other")};
  const ExecutedBatch batch =
      rig.run({unsigned_bundle(0, 7, {encoded(add_one)}), unsigned_bundle(0, 7, {encoded(other)})});
  REQUIRE(batch.leaves.size() == 1);
  CHECK(batch.leaves[0].operation_digest == operation_digest(ClientId(0), Timestamp(7), encoded(add_one)));
  REQUIRE(batch.duplicates.size() == 1);
  CHECK(rig.service().stored(ClientId(0), Timestamp(7)) == batch.leaves[0]);
  CHECK(decoded(rig.run(0, 8, Get{as_bytes("b")}).leaves.at(0).result) == OperationResult(NotFound{}));
}

TEST_CASE("clients have windows of their own") {
  MemoryMap map;
  ServiceRig rig(map, 4);
  CHECK(rig.run(0, 50, add_one).leaves.size() == 1);
  CHECK(rig.run(1, 3, add_one).leaves.size() == 1);
  CHECK(rig.service().low_mark(ClientId(1)) == Timestamp(0));
  CHECK_FALSE(rig.service().stored(ClientId(1), Timestamp(50)).has_value());
}

TEST_CASE("operations that fail or are malformed use their timestamp up") {
  MemoryMap map;
  ServiceRig rig(map);
  rig.run(0, 1, Put{as_bytes("a"), as_bytes("text")});
  CHECK(rig.run(0, 2, add_one).leaves.at(0).status == OperationStatus::failed);
  CHECK(fate(rig, 2) == "duplicate");
  CHECK(rig.run({unsigned_bundle(0, 3, {Bytes{0}})}).leaves.at(0).status == OperationStatus::malformed);
  CHECK(fate(rig, 3) == "duplicate");
}

TEST_CASE("what fell out of the window is not held any more") {
  MemoryMap map;
  ServiceRig rig(map, 2);
  for (std::uint64_t t = 1; t <= 4; ++t) CHECK(fate(rig, t) == "run");
  CHECK_FALSE(rig.service().stored(ClientId(0), Timestamp(2)).has_value());
  CHECK(rig.service().stored(ClientId(0), Timestamp(3)).has_value());
  CHECK_FALSE(rig.service().stored(ClientId(0), Timestamp(5)).has_value());
}

TEST_CASE("the core is told of clients for which something ran") {
  MemoryMap map;
  ServiceRig rig(map, 4);
  CHECK(rig.service().client_marks().empty());
  for (const std::uint64_t t : {9U, 7U, 10U}) fate(rig, t);
  const auto marks = rig.service().client_marks();
  REQUIRE(marks.size() == 1);
  CHECK(marks[0].client == ClientId(0));
  CHECK(marks[0].low == Timestamp(6));
  CHECK(marks[0].executed == std::vector{Timestamp(7), Timestamp(9), Timestamp(10)});
}

/// Counts what is written under the windows' prefix.
class CountingMap final : public OrderedMap {
 public:
  std::optional<Bytes> get(ByteView key) const override { return map_.get(key); }
  void put(ByteView key, ByteView value) override {
    if (key[0] == state_layout::window_prefix) ++puts;
    map_.put(key, value);
  }
  void erase(ByteView key) override {
    CHECK(map_.get(key).has_value());
    if (key[0] == state_layout::window_prefix) ++erases;
    map_.erase(key);
  }
  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) const override { return map_.lower_bound(from); }

  int puts = 0;
  int erases = 0;

 private:
  MemoryMap map_;
};

TEST_CASE("a checkpoint writes what changed since the last, no more") {
  CountingMap map;
  ServiceRig rig(map, 4);
  const auto written = [&map, &rig] {
    map.puts = map.erases = 0;
    rig.service().write_checkpoint();
    return std::pair(map.puts, map.erases);
  };
  CHECK(written() == std::pair(0, 0));
  for (const std::uint64_t t : {1U, 2U, 3U}) fate(rig, t);
  CHECK(map.puts == 0);  // only a checkpoint writes
  CHECK(written() == std::pair(3, 0));
  CHECK(written() == std::pair(0, 0));
  fate(rig, 4);
  CHECK(written() == std::pair(1, 0));
  fate(rig, 5);
  fate(rig, 6);
  CHECK(written() == std::pair(3, 2));  // two leaves and the low mark; 1 and 2 fell out
  for (std::uint64_t t = 7; t <= 14; ++t) fate(rig, t);
  CHECK(written() == std::pair(5, 4));  // 7 to 10 came and went between checkpoints; 3 to 6 fell out
  fate(rig, 14);
  rig.run_null();
  CHECK(written() == std::pair(0, 0));
}

TEST_CASE("what was loaded is not written again") {
  CountingMap map;
  {
    ServiceRig rig(map, 4);
    for (const std::uint64_t t : {1U, 9U}) fate(rig, t);
    rig.service().write_checkpoint();
  }
  ServiceRig again(map, 4);
  map.puts = 0;
  CHECK(fate(again, 8) == "run");  // the low mark stays
  again.service().write_checkpoint();
  CHECK(map.puts == 1);
}

TEST_CASE("windows are read back as they were written") {
  MemoryMap map;
  std::vector<std::optional<Leaf>> kept;
  const auto stored = [](const Service& service) {
    std::vector<std::optional<Leaf>> leaves;
    for (std::uint64_t t = 1; t <= 20; ++t) leaves.push_back(service.stored(ClientId(0), Timestamp(t)));
    return leaves;
  };
  {
    ServiceRig rig(map, 4);
    for (const std::uint64_t t : {1U, 5U, 9U, 8U, 12U}) fate(rig, t);
    rig.run({unsigned_bundle(0, 11, {Bytes{0}})});
    rig.service().write_checkpoint();
    kept = stored(rig.service());
  }
  ServiceRig again(map, 4);
  CHECK(stored(again.service()) == kept);
  CHECK(low(again) == 8);
  CHECK(fate(again, 8) == "too old");
  CHECK(fate(again, 9) == "duplicate");
  CHECK(fate(again, 11) == "duplicate");
  CHECK(fate(again, 10) == "run");
}

TEST_CASE("a reload forgets what ran since the map's checkpoint") {
  MemoryMap map;
  ServiceRig rig(map, 4);
  CHECK(fate(rig, 1) == "run");
  rig.service().write_checkpoint();
  CHECK(fate(rig, 2) == "run");
  CHECK(fate(rig, 9) == "run");
  rig.service().reload();
  CHECK(low(rig) == 0);
  CHECK(fate(rig, 1) == "duplicate");
  CHECK(fate(rig, 2) == "run");
}

}  // namespace
}  // namespace quorate
