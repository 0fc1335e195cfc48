// The log's thread: groups of records, the order of durability, what nobody waits for, the end, and a failed write.
#include "replica/log_thread.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replica/exit_status.h"
#include "tests/support/log_records.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/waiting.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(1);

/// Records first … last; record i is an accepted pre-prepare for slot i.
std::vector<NumberedRecord> records(std::uint64_t first, std::uint64_t last, std::size_t operation_bytes = 16) {
  std::vector<NumberedRecord> list;
  for (std::uint64_t i = first; i <= last; ++i)
    list.push_back({RecordNumber(i), accepted(0, i, make_batch(i, operation_bytes))});
  return list;
}

struct Fixture {
  explicit Fixture(const LogStoreOptions& options = {}) {
    REQUIRE(LogStore::init(directory(), cluster, replica));
    auto opened = LogStore::open(directory(), cluster, replica, options);
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    thread =
        std::make_unique<LogThread>(io, *store, [this](RecordNumber through) { durable.push_back(through.value); });
  }
  std::filesystem::path directory() const { return temporary.path() / "log"; }
  void wait_for(std::uint64_t record) {
    run_until(io, [&] { return !durable.empty() && durable.back() >= record; });
  }
  std::size_t accepted_on_disk() const { return store->load().value().accepted.size(); }

  TemporaryDirectory temporary;
  std::unique_ptr<LogStore> store;
  asio::io_context io{1};
  std::vector<std::uint64_t> durable;
  std::unique_ptr<LogThread> thread;
};

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("a needed record goes to disk with all that wait") {
  Fixture log;
  log.thread->add(records(1, 3));
  log.thread->need(RecordNumber(2));
  log.wait_for(3);
  CHECK(log.durable == Numbers{3});
  CHECK(log.accepted_on_disk() == 3);
}

TEST_CASE("what is added during a transaction makes up the next") {
  Fixture log;
  log.thread->add(records(1, 1));
  log.thread->need(RecordNumber(1));
  // Its end is told through the main loop, which does not run yet.
  log.thread->add(records(2, 3));
  log.thread->add(records(4, 4));
  log.thread->need(RecordNumber(4));
  log.wait_for(4);
  CHECK(log.durable == Numbers{1, 4});
  CHECK(log.accepted_on_disk() == 4);
}

TEST_CASE("records that nobody waits for become durable too") {
  Fixture log;
  log.thread->add(records(1, 2));
  log.wait_for(2);
  CHECK(log.durable == Numbers{2});
  log.thread->need(RecordNumber(2));  // durable already
  log.thread->add(records(3, 3));
  log.wait_for(3);
  CHECK(log.durable == Numbers{2, 3});
}

TEST_CASE("adding nothing changes nothing") {
  Fixture log;
  log.thread->add({});
  log.thread->need(RecordNumber(7));
  log.thread->add(records(1, 1));
  log.wait_for(1);
  CHECK(log.durable == Numbers{1});
}

TEST_CASE("durable records are told in order, each after it is on disk") {
  constexpr std::uint64_t count = 200;
  Fixture log;
  for (std::uint64_t i = 1; i <= count; ++i) {
    log.thread->add(records(i, i));
    if (i % 3 == 0) log.thread->need(RecordNumber(i));
    log.io.poll();
    if (log.io.stopped()) log.io.restart();
  }
  log.thread->need(RecordNumber(count));
  log.wait_for(count);
  CHECK(std::is_sorted(log.durable.begin(), log.durable.end()));
  CHECK(log.durable.back() == count);
  CHECK(log.accepted_on_disk() == count);
}

TEST_CASE("the end writes what is left and tells nobody") {
  Fixture log;
  log.thread->add(records(1, 1));
  log.thread->need(RecordNumber(1));
  log.thread->add(records(2, 3));
  log.thread->finish();
  log.io.run();
  CHECK(log.durable.empty());
  CHECK(log.accepted_on_disk() == 3);
}

TEST_CASE("a failed write ends the process with its own status") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    LogStoreOptions small;
    small.map_bytes_max = std::size_t{1} << 20;
    Fixture log(small);
    log.thread->add(records(1, 32, 100'000));
    log.thread->need(RecordNumber(1));
    log.wait_for(1);
    ::_exit(99);  // the write went well
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == static_cast<int>(ExitStatus::durable_write));
}

}  // namespace
