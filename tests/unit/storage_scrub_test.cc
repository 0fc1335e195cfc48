// The scrub of a store in use: every record is read while the store changes, and damage of any kind is found whatever
// the size of its steps.
#include <doctest/doctest.h>

#include <set>

#include "replica/storage/log_store.h"
#include "replica/storage/seal.h"
#include "replica/storage/state_records.h"
#include "replica/storage/state_store.h"
#include "replica/storage/store_scrub.h"
#include "tests/support/file_bytes.h"
#include "tests/support/log_records.h"
#include "tests/support/temporary_directory.h"

namespace quorate {
namespace {

using namespace quorate::testing;

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(1);
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t small_step = 1;
constexpr std::size_t large_step = std::size_t{1} << 20;
constexpr std::uint64_t records_max = 10'000;  // more than either store has

Bytes key_of(std::uint32_t i) { return {static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}; }
Bytes value_of(std::uint32_t i) { return Bytes(100, static_cast<std::uint8_t>(i)); }

struct Stores {
  TemporaryDirectory temporary;
  std::filesystem::path log_file = temporary.path() / "log" / "data.mdb";
  std::filesystem::path state_file = temporary.path() / "state" / "data.mdb";
  std::unique_ptr<LogStore> log;
  std::unique_ptr<StateStore> state;
  std::uint64_t n = 0;

  Stores() {
    REQUIRE(LogStore::init(log_file.parent_path(), cluster, replica));
    REQUIRE(StateStore::init(state_file.parent_path(), cluster, replica));
    log = LogStore::open(log_file.parent_path(), cluster, replica, {}).value();
    state = StateStore::open(state_file.parent_path(), cluster, replica, {}).value();
    for (std::uint64_t slot = 1; slot <= 20; ++slot) add_slot(slot);
    for (std::uint32_t i = 0; i < 500; ++i) state->put(key_of(i), value_of(i));
    commit();
  }
  void add_slot(std::uint64_t slot) const {
    const BatchPtr batch = make_batch(static_cast<std::uint8_t>(slot), 200);
    REQUIRE(log->append(
        numbered({accepted(0, slot, batch), prepared(0, slot, batch->digest()), committed(0, slot, batch->digest())})));
  }
  void commit() {
    const auto frozen = state->freeze(SequenceNumber(++n));
    REQUIRE(state->commit(frozen));
    state->settle(frozen);
  }
};

/// A pass in such steps: the number of records, or what was found.
Result<std::uint64_t> pass(StoreScrub& scrub, std::size_t step_bytes) {
  for (;;) {
    const auto progress = scrub.step(step_bytes);
    if (!progress) return tl::unexpected(progress.error());
    if (progress->ended) return progress->records;
    REQUIRE_MESSAGE(progress->records < records_max, "the pass reads some records again and again");
  }
}

bool finds_damage(const std::unique_ptr<StoreScrub>& scrub, std::size_t step_bytes) {
  const auto result = pass(*scrub, step_bytes);
  if (!result) CHECK(result.error().kind == ErrorKind::damaged);
  return !result;
}

}  // namespace

TEST_CASE_FIXTURE(Stores, "scrub: a pass reads every record, in steps of any size, and the next one begins anew") {
  for (const std::size_t step : {small_step, std::size_t{1000}, large_step}) {
    const auto of_log = log->scrub();
    const auto of_state = state->scrub();
    for (int i = 0; i < 3; ++i) {
      CHECK(pass(*of_log, step).value() == 1 + 1 + 4 * 20);  // identity, bodies_collected, a slot's three and its body
      CHECK(pass(*of_state, step).value() >= 1 + 1 + 500 + 2);  // identity, slot, entries, nodes
    }
  }
}

TEST_CASE_FIXTURE(Stores, "scrub: what is written, erased and collected meanwhile is no damage") {
  const auto of_log = log->scrub();
  const auto of_state = state->scrub();
  std::uint64_t slot = 20;
  bool ended = false;
  for (std::uint32_t i = 0; !ended || i < 200; ++i) {
    add_slot(++slot);
    if (i % 10 == 0) REQUIRE(log->append(numbered({stable(slot - 5), collect(slot - 5, slot - 5)})));
    state->put(key_of(i % 700), value_of(i));
    state->erase(key_of((i * 7) % 700));
    commit();
    REQUIRE(of_log->step(300));
    const auto progress = of_state->step(3000);
    REQUIRE(progress);
    ended = ended || progress->ended;
  }
}

TEST_CASE_FIXTURE(Stores, "scrub: a flipped bit in a value is found (E22)") {
  const Bytes in_state = seal(Bytes{state_entry_prefix, 0, 77}, value_of(77));
  const BatchPtr batch = make_batch(7, 200);
  const Bytes in_log(batch->body().begin(), batch->body().end());
  for (const bool of_log : {false, true}) {
    const auto& file = of_log ? log_file : state_file;
    const Bytes& wanted = of_log ? in_log : in_state;
    const auto places = places_of(read_file(file), wanted);
    REQUIRE_FALSE(places.empty());
    for (const std::size_t at : {std::size_t{0}, wanted.size() / 2, wanted.size() - 1}) {
      const auto scrub = of_log ? log->scrub() : state->scrub();
      for (const std::size_t place : places)
        write_at(file, place + at, Bytes{static_cast<std::uint8_t>(wanted[at] ^ 4)});
      CHECK(finds_damage(scrub, small_step));
      CHECK(finds_damage(scrub, large_step));
      for (const std::size_t place : places) write_at(file, place + at, Bytes{wanted[at]});
      CHECK_FALSE(finds_damage(of_log ? log->scrub() : state->scrub(), large_step));
    }
  }
}

TEST_CASE_FIXTURE(Stores, "scrub: a page that was written in another's place is found, whatever the steps (E23)") {
  const Bytes file = read_file(state_file);
  const auto page = [&](std::size_t number) { return ByteView(file).subspan(number * page_bytes, page_bytes); };
  const auto is_leaf = [&](std::size_t number) {
    return page(number)[10] == 2 && page(number)[11] == 0;
  };  // LMDB's P_LEAF
  std::vector<std::size_t> in_use;
  for (std::size_t number = 2; number < file.size() / page_bytes; ++number) {
    if (!is_leaf(number)) continue;
    const std::size_t last_byte = number * page_bytes + page_bytes - 3;  // of a value's seal, or of nothing
    write_at(state_file, last_byte, Bytes{static_cast<std::uint8_t>(file[last_byte] ^ 1)});
    if (finds_damage(state->scrub(), large_step)) in_use.push_back(number);
    write_at(state_file, last_byte, Bytes{file[last_byte]});
  }
  REQUIRE(in_use.size() > 10);
  for (const std::size_t place : in_use) {
    for (const std::size_t written : in_use) {
      if (written == place) continue;
      write_at(state_file, place * page_bytes, page(written));
      for (const std::size_t step : {small_step, page_bytes, large_step}) {
        CAPTURE(place);
        CAPTURE(written);
        CAPTURE(step);
        CHECK(finds_damage(state->scrub(), step));
      }
    }
    write_at(state_file, place * page_bytes, page(place));
  }
  CHECK_FALSE(finds_damage(state->scrub(), small_step));
}

TEST_CASE_FIXTURE(Stores, "scrub: a pass keeps no freed page from being used again (E28, E29)") {
  const auto scrub = state->scrub();
  const auto grow = [&](bool step) {
    for (std::uint32_t i = 0; i < 200; ++i) {
      for (std::uint32_t key = 0; key < 500; key += 50) state->put(key_of(key), value_of(i));
      commit();
      if (step) REQUIRE(scrub->step(small_step));
    }
    return std::filesystem::file_size(state_file);
  };
  const auto before = grow(false);
  CHECK(grow(true) <= before + 16 * page_bytes);
}

}  // namespace quorate
