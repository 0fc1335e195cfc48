// Power loss at random instants: what was acknowledged is there, and what is there is one moment of the store's
// history.
//
// Each claim is also run with forces ignored, where it must break: that shows that the test can fail.
#include "tests/cluster/power_loss/power_loss.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "tests/cluster/power_loss/turns.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

/// The turns that the log holds, if it is the image of a prefix of all turns; nothing if it is anything else.
std::optional<std::uint64_t> turns_in_log(const std::filesystem::path& directory, std::uint64_t acknowledged) {
  const auto store = LogStore::open(directory, victim_cluster, victim_replica, {});
  if (!store) return std::nullopt;
  const auto found = (*store)->load();
  if (!found) return std::nullopt;
  const std::string wanted = describe(*found);
  LogImage image;
  for (std::uint64_t n = 1; n <= acknowledged + 1; ++n) {
    if (n > acknowledged && describe(image) == wanted) return n - 1;
    for (const LogRecord& record : log_turn(n)) image.apply(record);
  }
  return describe(image) == wanted ? std::optional(acknowledged + 1) : std::nullopt;
}

/// The turn whose state the store holds, if all of it is of that turn and at least the acknowledged one.
std::optional<std::uint64_t> turn_in_state(const std::filesystem::path& directory, std::uint64_t acknowledged) {
  const auto store = StateStore::open(directory, victim_cluster, victim_replica, {});
  if (!store) return std::nullopt;
  const std::uint64_t n = (*store)->durable().value;
  if (n != acknowledged && n != acknowledged + 1) return std::nullopt;
  for (std::uint8_t key = 0; key < state_keys; ++key) {
    const auto value = (*store)->get(Bytes{key});
    if (n == 0 ? value.has_value() : value != turn_value(n)) return std::nullopt;
  }
  return n;
}

Bytes file_content(const std::filesystem::path& directory) {
  std::ifstream in(directory / "file", std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

bool holds_record(const Bytes& content, std::uint64_t n) {
  const std::size_t at = n * file_record_bytes;
  if (content.size() < at + file_record_bytes) return false;
  for (std::size_t i = 0; i < file_record_bytes; ++i)
    if (content[at + i] != static_cast<std::uint8_t>(n)) return false;
  return true;
}

/// The power goes at each call of so many turns after `first`, three times, each time on a copy of what is there
/// before. `good` says whether what is left is what it may be. Returns the number of calls.
template <typename Good>
std::uint64_t at_every_call(const std::string& kind, const std::filesystem::path& store, std::uint64_t first,
                            std::uint64_t turns, const Good& good) {
  const auto copy = store.parent_path() / "copy";
  for (std::uint64_t call = 1;; ++call) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      std::filesystem::remove_all(copy);
      std::filesystem::copy(store, copy, std::filesystem::copy_options::recursive);
      const Outcome outcome = run_victim(kind, copy, first, {.seed = seed, .call = call, .turns = turns});
      if (!outcome.power_went) {
        CHECK(outcome.acknowledged == first + turns - 1);
        return call - 1;
      }
      REQUIRE_MESSAGE(good(copy, outcome.acknowledged),
                      kind << ", call " << call << ", seed " << seed << ", acknowledged " << outcome.acknowledged);
    }
  }
}

/// What a transfer to turn `acknowledged` + 1 may leave: the state before it, no state at all, or the new one.
bool state_or_none(const std::filesystem::path& directory, std::uint64_t acknowledged) {
  bool whole = false;
  {
    const auto store = StateStore::open(directory, victim_cluster, victim_replica, {});
    if (!store) return false;
    whole = (*store)->whole();
    if (!whole && ((*store)->get(Bytes{0}) || (*store)->view() != nullptr)) return false;
  }
  if (whole) return turn_in_state(directory, acknowledged).has_value();
  // The next life completes it.
  const Outcome again = run_victim("transfer", directory, acknowledged + 1, {.calls_max = 0, .turns = 1});
  return !again.power_went && turn_in_state(directory, acknowledged + 1) == acknowledged + 1;
}

}  // namespace

TEST_CASE("shim: forced data survives; unforced data is lost whole, in part or not at all") {
  int whole = 0;
  int partly = 0;
  int nothing = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    TemporaryDirectory directory;
    const Outcome outcome = run_victim("file", directory.path(), 1, {.seed = seed, .calls_max = 20});
    REQUIRE(outcome.power_went);
    const Bytes content = file_content(directory.path());
    for (std::uint64_t n = 1; n <= outcome.acknowledged; ++n) CHECK(holds_record(content, n));
    const std::uint64_t next = outcome.acknowledged + 1;
    CHECK(content.size() <= (next + 1) * file_record_bytes);
    if (holds_record(content, next))
      ++whole;
    else if (content.size() > next * file_record_bytes)
      ++partly;
    else
      ++nothing;
  }
  CHECK(whole > 0);
  CHECK(partly > 0);
  CHECK(nothing > 0);
}

TEST_CASE("shim: the power can go at a time instead of a call") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    TemporaryDirectory directory;
    const Outcome outcome = run_victim("file", directory.path(), 1, {.seed = seed, .ms_max = 30});
    REQUIRE(outcome.power_went);
    const Bytes content = file_content(directory.path());
    for (std::uint64_t n = 1; n <= outcome.acknowledged; ++n) CHECK(holds_record(content, n));
  }
}

TEST_CASE("shim: with forces ignored, acknowledged data is lost") {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TemporaryDirectory directory;
    const Outcome outcome =
        run_victim("file", directory.path(), 1, {.seed = seed, .calls_max = 20, .ignore_forces = true});
    REQUIRE(outcome.power_went);
    const Bytes content = file_content(directory.path());
    bool all = true;
    for (std::uint64_t n = 1; n <= outcome.acknowledged; ++n) all = all && holds_record(content, n);
    if (!all) ++lost;
  }
  CHECK(lost > 0);
}

TEST_CASE("the log loses nothing that it acknowledged, and is a prefix of what was appended") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "log";
  REQUIRE(LogStore::init(directory, victim_cluster, victim_replica));
  std::uint64_t turns = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Outcome outcome = run_victim("log", directory, turns + 1, {.seed = seed});
    REQUIRE(outcome.power_went);
    const auto found = turns_in_log(directory, outcome.acknowledged);
    REQUIRE_MESSAGE(found, "seed " << seed << ", acknowledged " << outcome.acknowledged);
    turns = *found;
  }
  CHECK(turns > 60);
}

TEST_CASE("the log test breaks when forces are ignored") {
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TemporaryDirectory temporary;
    const auto directory = temporary.path() / "log";
    REQUIRE(LogStore::init(directory, victim_cluster, victim_replica));
    const Outcome outcome = run_victim("log", directory, 1, {.seed = seed, .ignore_forces = true});
    REQUIRE(outcome.power_went);
    if (!turns_in_log(directory, outcome.acknowledged)) ++broken;
  }
  CHECK(broken > 0);
}

TEST_CASE("the state is always the exact state of a committed checkpoint, the newest acknowledged or later") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, victim_cluster, victim_replica));
  std::uint64_t turn = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Outcome outcome = run_victim("state", directory, turn + 1, {.seed = seed});
    REQUIRE(outcome.power_went);
    const auto found = turn_in_state(directory, outcome.acknowledged);
    REQUIRE_MESSAGE(found, "seed " << seed << ", acknowledged " << outcome.acknowledged);
    turn = *found;
  }
  CHECK(turn > 60);
}

TEST_CASE("the state test breaks when forces are ignored") {
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TemporaryDirectory temporary;
    const auto directory = temporary.path() / "state";
    REQUIRE(StateStore::init(directory, victim_cluster, victim_replica));
    const Outcome outcome = run_victim("state", directory, 1, {.seed = seed, .ignore_forces = true});
    REQUIRE(outcome.power_went);
    if (!turn_in_state(directory, outcome.acknowledged)) ++broken;
  }
  CHECK(broken > 0);
}

TEST_CASE("the power may go at every call: of appends and a collection") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "log";
  REQUIRE(LogStore::init(directory, victim_cluster, victim_replica));
  REQUIRE_FALSE(run_victim("log", directory, 1, {.calls_max = 0, .turns = 14}).power_went);
  const std::uint64_t calls = at_every_call("log", directory, 15, 3, [](const auto& copy, std::uint64_t acknowledged) {
    return turns_in_log(copy, acknowledged).has_value();
  });
  MESSAGE("log: ", calls, " calls");
  CHECK(calls >= 3 * 3);
}

TEST_CASE("the power may go at every call: of commits of the state") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, victim_cluster, victim_replica));
  REQUIRE_FALSE(run_victim("state", directory, 1, {.calls_max = 0, .turns = 3}).power_went);
  const std::uint64_t calls = at_every_call("state", directory, 4, 2, [](const auto& copy, std::uint64_t acknowledged) {
    return turn_in_state(copy, acknowledged).has_value();
  });
  MESSAGE("state: ", calls, " calls");
  CHECK(calls >= 2 * 3);
}

TEST_CASE("the power may go at every call: of a state transfer, which then is completed") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, victim_cluster, victim_replica));
  REQUIRE_FALSE(run_victim("state", directory, 1, {.calls_max = 0, .turns = 1}).power_went);
  const std::uint64_t calls = at_every_call("transfer", directory, 2, 2, state_or_none);
  MESSAGE("transfer: ", calls, " calls");
  CHECK(calls >= 2 * 4 * 3);
}
