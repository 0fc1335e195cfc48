// Nothing leaves before its record; the order to one destination is kept; others are not held up.
#include "replica/send_queue.h"

#include <doctest/doctest.h>

namespace quorate {
namespace {

struct Fixture {
  std::vector<std::pair<std::uint32_t, std::uint8_t>> left;
  SendQueue queue{4, ReplicaId(1), [this](ReplicaId to, FramePtr frame) { left.emplace_back(to.value, (*frame)[0]); }};
  static FramePtr frame(std::uint8_t mark) { return std::make_shared<const Bytes>(Bytes{mark}); }
};
using Left = std::vector<std::pair<std::uint32_t, std::uint8_t>>;

TEST_CASE_FIXTURE(Fixture, "a frame waits for its record, and holds back what follows it to the same peer") {
  queue.to_replica(ReplicaId(2), frame(1), RecordNumber(5));
  queue.to_replica(ReplicaId(2), frame(2), RecordNumber(0));
  queue.to_replica(ReplicaId(3), frame(3), RecordNumber(0));
  CHECK(left == Left{{3, 3}});
  CHECK(queue.awaited() == RecordNumber(5));
  queue.release(RecordNumber(4));
  CHECK(left.size() == 1);
  queue.release(RecordNumber(5));
  CHECK(left == Left{{3, 3}, {2, 1}, {2, 2}});
  CHECK(queue.awaited() == RecordNumber(0));
}

TEST_CASE_FIXTURE(Fixture, "a broadcast goes to all others, never to oneself") {
  queue.to_all_others(frame(7), RecordNumber(0));
  CHECK(left == Left{{0, 7}, {2, 7}, {3, 7}});
}

TEST_CASE_FIXTURE(Fixture, "what waits for a lost connection is forgotten") {
  queue.to_all_others(frame(7), RecordNumber(1));
  queue.forget(ReplicaId(2));
  queue.release(RecordNumber(1));
  CHECK(left == Left{{0, 7}, {3, 7}});
}

}  // namespace
}  // namespace quorate
