// The log store: what was appended is there after a reopen, what was collected is retained, and who may open it.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "replica/storage/child_check.h"
#include "replica/storage/log_store.h"
#include "tests/support/log_records.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(1);

struct Fixture {
  TemporaryDirectory temporary;
  std::filesystem::path directory = temporary.path() / "log";
  LogStoreOptions options;
  std::unique_ptr<LogStore> store;

  Fixture() {
    REQUIRE(LogStore::init(directory, cluster, replica));
    reopen();
  }
  void reopen() {
    store.reset();
    auto opened = LogStore::open(directory, cluster, replica, options);
    if (!opened) FAIL(opened.error().message);
    store = std::move(*opened);
  }
  void append(std::vector<LogRecord> records) {
    const auto appended = store->append(numbered(std::move(records)));
    if (!appended) FAIL(appended.error().message);
  }
  std::string image() { return describe(store->load().value()); }
  std::vector<std::uint64_t> retained(std::uint64_t first, std::uint32_t count, std::size_t bytes_max) {
    std::vector<std::uint64_t> numbers;
    const auto batches = store->read_retained(SequenceNumber(first), count, bytes_max);
    if (!batches) FAIL(batches.error().message);
    for (const CommittedBatch& batch : *batches) numbers.push_back(batch.certificate.n.value);
    return numbers;
  }
};

using Numbers = std::vector<std::uint64_t>;

std::string error_of_open(const std::filesystem::path& directory, const Digest& id, ReplicaId who) {
  const auto opened = LogStore::open(directory, id, who, {});
  return opened ? "" : opened.error().message;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a new log holds nothing, and after a reopen what was appended") {
  CHECK(image() == describe(LogImage()));
  const std::vector<LogRecord> records{
      accepted(0, 1, make_batch(1)),
      prepared(0, 1, make_batch(1)->digest()),
      committed(0, 1, make_batch(1)->digest()),
      accepted(0, 2, nullptr),
      committed(0, 2, null_digest()),
      committed(0, 3, make_batch(3, 100'000)),
      own_checkpoint(2),
      stable(2),
  };
  LogImage model;
  for (const LogRecord& record : records) model.apply(record);
  append(records);
  CHECK(image() == describe(model));
  reopen();
  CHECK(image() == describe(model));
}

TEST_CASE_FIXTURE(Fixture,
                  "muteness is in the log until it ends, and from the first record of a log in a lost one's place") {
  CHECK_FALSE(store->load()->mute.has_value());
  append({MuteRecord{7}});
  reopen();
  CHECK(store->load()->mute == 7);
  append({MuteRecord{8}, own_checkpoint(2)});
  reopen();
  CHECK(store->load()->mute == 8);
  append({SpeakRecord{}});
  reopen();
  CHECK_FALSE(store->load()->mute.has_value());
  const auto beside = temporary.path() / "beside";
  REQUIRE(LogStore::init_mute(beside, cluster, replica, 9));
  CHECK(LogStore::open(beside, cluster, replica, {}).value()->load()->mute == 9);
  CHECK_FALSE(LogStore::init_mute(beside, cluster, replica, 10).has_value());
}

TEST_CASE_FIXTURE(Fixture, "a batch of the largest size goes through") {
  append({accepted(0, 1, make_batch(1, 128 * 1024))});
  reopen();
  CHECK(store->load()->accepted.at(SequenceNumber(1)).batch->digest() == make_batch(1, 128 * 1024)->digest());
}

TEST_CASE_FIXTURE(Fixture, "collected batches stay readable, and no further than they go without a gap") {
  for (std::uint64_t n = 1; n <= 6; ++n)
    append({accepted(0, n, make_batch(n)), committed(0, n, make_batch(n)->digest())});
  append({accepted(0, 8, make_batch(8)), committed(0, 8, make_batch(8)->digest())});
  append({stable(4), collect(4, 4)});
  reopen();
  CHECK(store->load()->bodies_collected == SequenceNumber(4));
  CHECK(store->load()->committed.size() == 3);
  CHECK(retained(1, 100, 1 << 20) == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(retained(3, 2, 1 << 20) == Numbers{3, 4});
  CHECK(retained(7, 2, 1 << 20).empty());
  CHECK(retained(3, 100, 0) == Numbers{3});
  const std::size_t one = make_batch(1)->body().size();
  CHECK(retained(1, 100, one) == Numbers{1, 2});
  CHECK(retained(1, 100, one - 1) == Numbers{1});
  const auto batches = store->read_retained(SequenceNumber(2), 1, 1);
  CHECK(describe(batches->at(0)) ==
        describe(CommittedBatch{committed(0, 2, make_batch(2)).certificate, make_batch(2)}));
}

TEST_CASE_FIXTURE(Fixture, "marks are read from where one asks, those that are there, with their bodies or without") {
  for (const std::uint64_t n : {2, 3, 5, 6})
    append({accepted(0, n, make_batch(n)), committed(0, n, make_batch(n)->digest())});
  append({committed(0, 7, null_digest()), stable(4), collect(4, 4)});
  const auto marks = [&](std::uint64_t first, std::uint64_t count, bool bodies, std::size_t bytes_max) {
    Numbers numbers;
    const auto read = store->read_marks(SequenceNumber(first), count, bodies, bytes_max).value();
    for (const CommittedBatch& mark : read) {
      numbers.push_back(mark.certificate.n.value);
      CHECK((mark.batch != nullptr) == (bodies && mark.certificate.digest != null_digest()));
    }
    return numbers;
  };
  CHECK(marks(1, 100, false, 0) == Numbers{2, 3, 5, 6, 7});
  CHECK(marks(3, 3, true, 1 << 20) == Numbers{3, 5});
  CHECK(marks(3, 0, true, 1 << 20).empty());
  CHECK(marks(8, 9, true, 1 << 20).empty());
  const std::size_t one = make_batch(1)->body().size();
  CHECK(marks(1, 100, true, one) == Numbers{2, 3});
}

TEST_CASE_FIXTURE(Fixture, "the oldest retained batches go when the retention is exceeded, also after a reopen") {
  options.retained_bytes_max = 25'000;
  reopen();
  for (std::uint64_t n = 1; n <= 8; ++n) {
    const BatchPtr batch = make_batch(n, 5'000);
    append({accepted(0, n, batch), committed(0, n, batch->digest())});
  }
  append({stable(4), collect(4, 4)});
  CHECK(retained(1, 100, 1 << 20) == Numbers{1, 2, 3, 4, 5, 6, 7, 8});
  reopen();
  append({stable(6), collect(6, 6)});
  CHECK(retained(1, 100, 1 << 20).empty());
  CHECK(retained(3, 100, 1 << 20) == Numbers{3, 4, 5, 6, 7, 8});
}

TEST_CASE_FIXTURE(Fixture, "votes below h go, bodies above min(h, s) stay, own checkpoint of h stays") {
  for (std::uint64_t n = 1; n <= 4; ++n)
    append({accepted(0, n, make_batch(n)), prepared(0, n, make_batch(n)->digest())});
  append({committed(0, 3, make_batch(3)->digest()), own_checkpoint(2), own_checkpoint(4), stable(4), collect(4, 2)});
  reopen();
  const LogImage image = store->load().value();
  CHECK(image.accepted.empty());
  CHECK(image.prepared.empty());
  CHECK(image.own_checkpoints.size() == 1);
  CHECK(image.own_checkpoints.contains(SequenceNumber(4)));
  CHECK(image.committed.at(SequenceNumber(3)).batch->digest() == make_batch(3)->digest());
}

TEST_CASE_FIXTURE(Fixture, "a body that only a prepared certificate needs survives a higher view's pre-prepare") {
  append({accepted(0, 1, make_batch(1)), prepared(0, 1, make_batch(1)->digest())});
  append({accepted(1, 1, make_batch(2))});
  append({committed(0, 1, make_batch(1))});
  reopen();
  const LogImage image = store->load().value();
  CHECK(image.accepted.at(SequenceNumber(1)).batch->digest() == make_batch(2)->digest());
  CHECK(image.committed.at(SequenceNumber(1)).batch->digest() == make_batch(1)->digest());
}

TEST_CASE("a store that is not there, not empty, or somebody else's is refused") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "log";
  CHECK(contains(error_of_open(directory, cluster, replica), "no store"));
  REQUIRE(LogStore::init(directory, cluster, replica));
  CHECK(error_of_open(directory, cluster, replica).empty());
  const auto again = LogStore::init(directory, cluster, replica);
  REQUIRE_FALSE(again);
  CHECK(contains(again.error().message, "something is there already"));
  CHECK(contains(error_of_open(directory, Digest{}, replica), "belongs to cluster"));
  CHECK(contains(error_of_open(directory, cluster, ReplicaId(2)), "belongs to replica 1"));
}

TEST_CASE_FIXTURE(Fixture, "a second opening is refused with the owner's process id") {
  CHECK(contains(error_of_open(directory, cluster, replica), "in use by process " + std::to_string(::getpid())));
  const pid_t second = ::fork();
  if (second == 0) ::_exit(LogStore::open(directory, cluster, replica, {}).has_value() ? 1 : 0);
  int status = -1;
  REQUIRE(::waitpid(second, &status, 0) == second);
  CHECK(status == 0);
  store.reset();
  CHECK(error_of_open(directory, cluster, replica).empty());
}

TEST_CASE_FIXTURE(Fixture, "a store that was given up is free, though a process forked before still holds its files") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[1]);
    char end = 0;
    ::_exit(::read(pipe[0], &end, 1) == 0 ? 0 : 1);
  }
  store.reset();
  CHECK(error_of_open(directory, cluster, replica).empty());
  ::close(pipe[0]);
  ::close(pipe[1]);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE_FIXTURE(Fixture, "a full map is a clear error, nothing of that append stays, and no more is taken") {
  options.map_bytes_max = 256 * 1024;
  reopen();
  append({accepted(0, 1, make_batch(1))});
  Result<void> appended;
  for (std::uint64_t n = 2; appended && n < 100; ++n)
    appended =
        store->append(numbered({prepared(0, 1, make_batch(1)->digest()), accepted(0, n, make_batch(n, 100'000))}));
  REQUIRE_FALSE(appended);
  CHECK(contains(appended.error().message, "larger map"));
  const auto later = store->append(numbered({prepared(0, 1, make_batch(1)->digest())}));
  REQUIRE_FALSE(later);
  CHECK(contains(later.error().message, "stop the replica"));
  options.map_bytes_max = 64 << 20;
  reopen();
  const LogImage image = store->load().value();
  CHECK(image.accepted.contains(SequenceNumber(1)));
  CHECK(image.accepted.size() < 4);
}

TEST_CASE_FIXTURE(Fixture,
                  "a write that the system refuses is an error; what was confirmed before is there afterwards") {
  store.reset();
  const auto finding = check_in_child([&]() -> Result<void> {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};  // of a file's size: the disk is full at 100 KB
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto small = LogStore::open(directory, cluster, replica, {});
    if (!small) return tl::unexpected<Error>(small.error());
    for (std::uint64_t n = 1; n <= 100; ++n) {
      auto appended = (*small)->append(numbered({accepted(0, n, make_batch(n, 9'000))}));
      if (!appended) return failure(std::to_string(n) + ": " + appended.error().message);
    }
    return {};
  });
  REQUIRE(finding);
  REQUIRE_FALSE(*finding);
  const std::string message = finding->error().message;
  CHECK(contains(message, "cannot write to store"));
  const std::uint64_t failed = std::stoull(message);
  CHECK(failed > 1);
  reopen();
  const LogImage image = store->load().value();
  CHECK(image.accepted.size() == failed - 1);
  append({accepted(0, failed, make_batch(failed, 9'000))});
}
