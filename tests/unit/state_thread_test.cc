// The state's thread: checkpoints in order while the main thread goes on, and bounded reads of retained batches.
#include "replica/state_thread.h"

#include <doctest/doctest.h>

#include <future>

#include "replica/log_thread.h"
#include "tests/support/log_records.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/waiting.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(1);
constexpr std::size_t reads_waiting_max = 16;

Bytes number(std::uint64_t value) { return Bytes(8, static_cast<std::uint8_t>(value)); }

struct Fixture {
  Fixture() {
    REQUIRE(LogStore::init(temporary.path() / "log", cluster, replica));
    REQUIRE(StateStore::init(temporary.path() / "state", cluster, replica));
    auto opened_log = LogStore::open(temporary.path() / "log", cluster, replica, {});
    REQUIRE(opened_log.has_value());
    log = std::move(*opened_log);
    open_state();
    const auto on_root = [this](SequenceNumber n, const Digest& root) { roots.emplace(n.value, root); };
    thread = std::make_unique<StateThread>(io, *state, *log, on_root, [this](const StateStore::Frozen& frozen) {
      CHECK(roots.contains(frozen.n.value));
      state->settle(frozen);
      committed.push_back(frozen.n.value);
    });
  }
  void open_state() {
    state.reset();
    auto opened = StateStore::open(temporary.path() / "state", cluster, replica, {});
    REQUIRE(opened.has_value());
    state = std::move(*opened);
  }
  void checkpoint(std::uint64_t n) {
    state->put(as_bytes("n"), number(n));
    thread->commit(state->freeze(SequenceNumber(n)));
  }
  void write_batches(std::uint64_t last) {
    std::vector<LogRecord> records;
    for (std::uint64_t n = 1; n <= last; ++n) records.push_back(committed_record(n));
    REQUIRE(log->append(numbered(std::move(records))).has_value());
  }
  static LogRecord committed_record(std::uint64_t n) { return testing::committed(0, n, make_batch(n)); }

  TemporaryDirectory temporary;
  std::unique_ptr<LogStore> log;
  std::unique_ptr<StateStore> state;
  asio::io_context io{1};
  std::vector<std::uint64_t> committed;
  std::map<std::uint64_t, Digest> roots;  // told before the commit is done
  std::unique_ptr<StateThread> thread;
};

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("a checkpoint becomes durable, and is counted until it is") {
  Fixture fixture;
  CHECK(fixture.thread->commits_waiting() == 0);
  fixture.checkpoint(8);
  CHECK(fixture.thread->commits_waiting() == 1);
  run_until(fixture.io, [&] { return !fixture.committed.empty(); });
  CHECK(fixture.thread->commits_waiting() == 0);
  CHECK(fixture.state->durable() == SequenceNumber(8));
  CHECK(fixture.state->get(as_bytes("n")) == number(8));
}

TEST_CASE("checkpoints become durable in order while the main thread reads and writes") {
  Fixture fixture;
  for (std::uint64_t n = 1; n <= 20; ++n) {
    fixture.checkpoint(n);
    for (std::uint64_t i = 0; i < 100; ++i) {
      fixture.state->put(Bytes{static_cast<std::uint8_t>(i)}, number(n + i));
      CHECK(fixture.state->get(Bytes{static_cast<std::uint8_t>(i)}) == number(n + i));
    }
    fixture.io.poll();
    if (fixture.io.stopped()) fixture.io.restart();
    CHECK(fixture.state->get(as_bytes("n")) == number(n));
  }
  run_until(fixture.io, [&] { return fixture.committed.size() == 20; });
  CHECK(std::is_sorted(fixture.committed.begin(), fixture.committed.end()));
  CHECK(fixture.state->durable() == SequenceNumber(20));
}

TEST_CASE("retained batches are read as far as they are there") {
  Fixture fixture;
  fixture.write_batches(5);
  Numbers found;
  bool done = false;
  CHECK(fixture.thread->read_retained(SequenceNumber(3), 10, [&](const std::vector<CommittedBatch>& batches) {
    for (const CommittedBatch& batch : batches) found.push_back(batch.certificate.n.value);
    done = true;
  }));
  run_until(fixture.io, [&] { return done; });
  CHECK(found == Numbers{3, 4, 5});

  done = false;
  CHECK(fixture.thread->read_retained(SequenceNumber(6), 10, [&](const std::vector<CommittedBatch>& batches) {
    CHECK(batches.empty());
    done = true;
  }));
  run_until(fixture.io, [&] { return done; });
}

TEST_CASE("a retained batch is read while a checkpoint is being written") {
  Fixture fixture;
  fixture.write_batches(1);
  std::promise<void> answered;
  fixture.thread->run([&] { answered.get_future().wait(); });
  fixture.checkpoint(8);
  bool done = false;
  CHECK(fixture.thread->read_retained(SequenceNumber(1), 1, [&](const auto&) { done = true; }));
  run_until(fixture.io, [&] { return done; });
  CHECK(fixture.committed.empty());
  answered.set_value();
  run_until(fixture.io, [&] { return !fixture.committed.empty(); });
}

TEST_CASE("a read too many is refused until others are answered") {
  Fixture fixture;
  fixture.write_batches(1);
  std::size_t answered = 0;
  const auto read = [&] {
    return fixture.thread->read_retained(SequenceNumber(1), 1, [&](const auto&) { ++answered; });
  };
  for (std::size_t i = 0; i < reads_waiting_max; ++i) CHECK(read());
  CHECK_FALSE(read());
  run_until(fixture.io, [&] { return answered == reads_waiting_max; });
  CHECK(read());
  run_until(fixture.io, [&] { return answered == reads_waiting_max + 1; });
}

TEST_CASE("retained batches are read while the log's thread writes") {
  Fixture fixture;
  std::uint64_t durable = 0;
  LogThread log_thread(fixture.io, *fixture.log, [&](RecordNumber through) { durable = through.value; });
  std::size_t answered = 0;
  std::size_t asked = 0;
  for (std::uint64_t n = 1; n <= 50; ++n) {
    std::vector<NumberedRecord> records;
    records.push_back({RecordNumber(n), Fixture::committed_record(n)});
    log_thread.add(std::move(records));
    log_thread.need(RecordNumber(n));
    const bool taken = fixture.thread->read_retained(SequenceNumber(1), 64, [&](const auto& batches) {
      for (std::size_t i = 0; i < batches.size(); ++i) CHECK(batches[i].certificate.n.value == i + 1);
      ++answered;
    });
    if (taken) ++asked;
    fixture.io.poll();
    if (fixture.io.stopped()) fixture.io.restart();
  }
  run_until(fixture.io, [&] { return answered == asked && durable == 50; });
  CHECK(asked >= reads_waiting_max);
}

TEST_CASE("after the end the state is that of the last checkpoint that was committed") {
  Fixture fixture;
  fixture.checkpoint(1);
  run_until(fixture.io, [&] { return !fixture.committed.empty(); });
  for (std::uint64_t n = 2; n <= 10; ++n) fixture.checkpoint(n);
  fixture.thread->stop();
  fixture.thread.reset();
  const std::uint64_t durable = fixture.state->durable().value;
  fixture.open_state();
  CHECK(fixture.state->durable().value == durable);
  CHECK(fixture.state->get(as_bytes("n")) == number(durable));
}

}  // namespace
