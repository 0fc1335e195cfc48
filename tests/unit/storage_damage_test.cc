// Damaged stores: every changed byte of a record, every ruined page and every shortened file is reported, by a process
// that lives on.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <iterator>

#include "replica/storage/child_check.h"
#include "replica/storage/log_store.h"
#include "replica/storage/record_codec.h"
#include "replica/storage/seal.h"
#include "replica/storage/state_records.h"
#include "replica/storage/state_store.h"
#include "replica/storage/store_files.h"
#include "tests/support/file_bytes.h"
#include "tests/support/log_records.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(1);
constexpr std::size_t page_bytes = 4096;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A log with a record of every kind, and a state with a few entries. Both closed.
struct Stores {
  TemporaryDirectory temporary;
  std::filesystem::path log = temporary.path() / "log";
  std::filesystem::path state = temporary.path() / "state";
  std::filesystem::path log_file = log / "data.mdb";
  std::filesystem::path state_file = state / "data.mdb";
  BatchPtr batch = make_batch(3, 60);
  std::string image;

  Stores() {
    REQUIRE(LogStore::init(log, cluster, replica));
    REQUIRE(StateStore::init(state, cluster, replica));
    auto store = LogStore::open(log, cluster, replica, {}).value();
    REQUIRE(
        store->append(numbered({accepted(0, 1, make_batch(1, 9'000)), committed(0, 1, make_batch(1, 9'000)->digest()),
                                accepted(0, 3, batch), prepared(0, 3, batch->digest()),
                                committed(0, 3, batch->digest()), own_checkpoint(4), stable(4), collect(1, 1)})));
    image = describe(store->load().value());
    auto map = StateStore::open(state, cluster, replica, {}).value();
    for (std::uint8_t i = 0; i < 200; ++i) map->put(Bytes{i}, Bytes(100, i));
    REQUIRE(map->commit(map->freeze(SequenceNumber(4))));
  }

  std::string log_error() const {
    const auto opened = LogStore::open(log, cluster, replica, {});
    return opened ? "" : opened.error().message;
  }
  std::string state_error() const {
    const auto opened = StateStore::open(state, cluster, replica, {});
    return opened ? "" : opened.error().message;
  }
  /// Writes into the log as nobody should.
  void meddle(const Bytes& key, const std::optional<Bytes>& value) const {
    const auto environment = LmdbEnvironment::open(log, LmdbEnvironment::Access::read_write, 0).value();
    StoreTransaction transaction(*environment, StoreTransaction::Mode::write);
    if (value)
      transaction.put(key, *value);
    else
      transaction.erase(key);
    REQUIRE(transaction.commit());
  }
};

/// Flips a bit of every byte of `value` in the file, one at a time; `error` must see each, and nothing at the end.
template <typename ErrorOfOpen>
void finds_every_flip(const std::filesystem::path& path, ByteView value, ErrorOfOpen error) {
  const std::vector<std::size_t> places = places_of(read_file(path), value);
  REQUIRE_FALSE(places.empty());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Bytes changed{static_cast<std::uint8_t>(value[i] ^ 4)};
    for (const std::size_t place : places) write_at(path, place + i, changed);
    CHECK(contains(error(), "is damaged"));
    for (const std::size_t place : places) write_at(path, place + i, value.subspan(i, 1));
  }
  CHECK(error() == "");
}

}  // namespace

TEST_CASE_FIXTURE(Stores, "a flipped bit in any byte of a log record is reported at open") {
  const auto error = [&] { return log_error(); };
  finds_every_flip(log_file, encode_accepted(accepted(0, 3, batch).pre_prepare), error);
  finds_every_flip(log_file, batch->body(), error);
  finds_every_flip(log_file, encode_own_checkpoint(own_checkpoint(4).checkpoint), error);
  finds_every_flip(log_file, encode_collected(SequenceNumber(1)), error);
  write_at(log_file, places_of(read_file(log_file), batch->body()).back(), Bytes{0xee});
  CHECK(contains(log_error(), "batch 3"));
  CHECK(contains(log_error(), "Never put back an older copy"));
}

TEST_CASE_FIXTURE(Stores, "a flipped bit in any byte of a state value is reported at open") {
  Bytes key{state_entry_prefix, 17};
  finds_every_flip(state_file, seal(key, Bytes(100, 17)), [&] { return state_error(); });
}

TEST_CASE_FIXTURE(Stores, "a ruined page is reported, or it was free and nothing is missing") {
  const Bytes sound = read_file(log_file);
  int reported = 0;
  for (std::size_t at = 0; at < sound.size(); at += page_bytes)
    for (const std::uint8_t filler : std::array<std::uint8_t, 3>{0x00, 0xff, 0x5a}) {
      write_at(log_file, at, Bytes(page_bytes, filler));
      auto opened = LogStore::open(log, cluster, replica, {});
      if (opened) {
        CHECK(describe((*opened)->load().value()) == image);
        CHECK((*opened)->append(numbered({accepted(0, 4, make_batch(4, 9'000))})));
      } else {
        ++reported;
      }
      opened = failure("closed");
      std::filesystem::resize_file(log_file, sound.size());
      write_at(log_file, 0, sound);
    }
  CHECK(reported >= 3 * 4);  // two meta pages, a leaf, an overflow page; and LMDB's list of free pages
  CHECK(log_error() == "");
}

TEST_CASE_FIXTURE(Stores, "a file cut at any page is reported") {
  const std::uintmax_t size = std::filesystem::file_size(state_file);
  const Bytes sound = read_file(state_file);
  REQUIRE(size > 4 * page_bytes);
  for (const std::uintmax_t kept : {std::uintmax_t{0}, std::uintmax_t{100}, std::uintmax_t{page_bytes},
                                    std::uintmax_t{2 * page_bytes}, size / 2 / page_bytes * page_bytes}) {
    std::filesystem::resize_file(state_file, kept);
    CHECK_FALSE(state_error().empty());
  }
  std::filesystem::resize_file(state_file, size);
  write_at(state_file, 0, sound);
  CHECK(state_error() == "");
}

TEST_CASE_FIXTURE(Stores, "a meta page whose transaction is not the one before or after the other's is reported") {
  constexpr std::size_t number_at = 144;  // of LMDB's meta page
  int missed = 0;
  for (const std::size_t page : {std::size_t{0}, page_bytes}) {
    const Bytes file = read_file(log_file);
    for (std::size_t bit = 0; bit < 64; ++bit) {
      const std::size_t at = page + number_at + bit / 8;
      write_at(log_file, at, Bytes{static_cast<std::uint8_t>(file[at] ^ 1U << (bit % 8))});
      if (log_error().empty()) ++missed;
      write_at(log_file, at, Bytes{file[at]});
    }
  }
  CHECK(missed <= 2);
  CHECK(log_error().empty());
}

TEST_CASE_FIXTURE(Stores, "records that do not fit together are reported") {
  SUBCASE("a body is missing") {
    meddle(body_key(SequenceNumber(3), batch->digest()), std::nullopt);
    CHECK(contains(log_error(), "batch 3: missing"));
  }
  SUBCASE("the records that need a body are missing") {
    for (const RecordKind kind : {RecordKind::accepted, RecordKind::prepared, RecordKind::committed})
      meddle(record_key(kind, SequenceNumber(3)), std::nullopt);
    CHECK(contains(log_error(), "batch 3: no other record refers to it"));
  }
  SUBCASE("an unknown kind") {
    meddle(Bytes{200}, Bytes{1});
    CHECK(contains(log_error(), "unknown kind"));
  }
  SUBCASE("the mark of collection is missing") {
    meddle(single_key(RecordKind::collected), std::nullopt);
    CHECK(contains(log_error(), "mark of collection: missing"));
  }
  SUBCASE("the identity is missing") {
    meddle(Bytes{0}, std::nullopt);
    CHECK(contains(log_error(), "identity"));
  }
}

TEST_CASE_FIXTURE(Stores, "a key that is out of order is reported") {
  Bytes entry{state_entry_prefix, 17};
  const Bytes value = seal(entry, Bytes(100, 17));
  entry.insert(entry.end(), value.begin(), value.end());
  for (const std::size_t place : places_of(read_file(state_file), entry)) write_at(state_file, place + 1, Bytes{3});
  CHECK(contains(state_error(), "out of order"));
}

TEST_CASE_FIXTURE(Stores, "a number of records that is not LMDB's is reported") {
  constexpr std::size_t entries_in_meta_page = 120;
  const Bytes sound = read_file(state_file);
  for (const std::size_t page : {std::size_t{0}, page_bytes}) {
    const std::size_t at = page + entries_in_meta_page;
    write_at(state_file, at, Bytes{static_cast<std::uint8_t>(sound[at] + 1)});
  }
  CHECK(contains(state_error(), " records found where "));
}

TEST_CASE_FIXTURE(Stores, "another disk version and swapped directories are named") {
  CHECK(contains(LogStore::open(state, cluster, replica, {}).error().message, "swapped"));
  CHECK(contains(StateStore::open(log, cluster, replica, {}).error().message, "swapped"));
  const auto error_of_version = [&](std::uint32_t version) {
    ByteWriter writer;
    writer.u8(1);
    writer.u32(version);
    meddle(Bytes{0}, seal(Bytes{0}, writer.view()));
    return log_error();
  };
  const std::string newer = error_of_version(StoreIdentity::disk_version + 1);
  CHECK(contains(newer, "disk version " + std::to_string(StoreIdentity::disk_version + 1)));
  CHECK(contains(newer, "the store is newer"));
  CHECK(contains(error_of_version(StoreIdentity::disk_version - 1), "the program is newer"));
}

TEST_CASE("an interrupted creation is named") {
  TemporaryDirectory temporary;
  REQUIRE(LmdbEnvironment::open(temporary.path(), LmdbEnvironment::Access::read_write, 0));
  const auto opened = LogStore::open(temporary.path(), cluster, replica, {});
  REQUIRE_FALSE(opened);
  CHECK(contains(opened.error().message, "creation was interrupted"));
}

TEST_CASE_FIXTURE(Stores, "damage that comes while the log is open is an error of the read") {
  const auto store = LogStore::open(log, cluster, replica, {}).value();
  for (const std::size_t place : places_of(read_file(log_file), batch->body())) write_at(log_file, place, Bytes{0xee});
  const auto loaded = store->load();
  REQUIRE_FALSE(loaded);
  CHECK(contains(loaded.error().message, "batch 3"));
  const auto batches = store->read_retained(SequenceNumber(3), 1, 1);
  REQUIRE_FALSE(batches);
  CHECK(contains(batches.error().message, "batch 3"));
}

TEST_CASE_FIXTURE(Stores, "damage that comes while the state is open stops the process that reads it") {
  const auto finding = check_in_child([&]() -> Result<void> {
    const auto store = StateStore::open(state, cluster, replica, {}).value();
    const Bytes value = seal(Bytes{state_entry_prefix, 17}, Bytes(100, 17));
    for (const std::size_t place : places_of(read_file(state_file), value)) write_at(state_file, place, Bytes{0xee});
    return store->get(Bytes{17}) ? Result<void>() : failure("no value");
  });
  CHECK_FALSE(finding.has_value());
}

TEST_CASE("a check in a child gives its answer, or says that it died") {
  CHECK(check_in_child([] { return Result<void>(); }).value());
  const auto finding = check_in_child([] { return Result<void>(failure("found")); });
  REQUIRE(finding);
  CHECK(finding->error().message == "found");
  CHECK_FALSE(check_in_child([]() -> Result<void> {
    ::raise(SIGSEGV);
    return {};
  }));
  CHECK_FALSE(check_in_child([]() -> Result<void> { ::_exit(1); }));
}
