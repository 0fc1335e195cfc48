// What the key-value machine stands on: integers as text, ordered maps, staged writes, the user's keys.
#include <doctest/doctest.h>

#include <limits>

#include "replica/service/decimal.h"
#include "replica/service/staged_map.h"
#include "replica/service/state_layout.h"
#include "replica/service/user_map.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::bytes_of;
using testing::entries_of;

using Entries = std::vector<std::pair<Bytes, Bytes>>;

void put(OrderedMap& map, std::string_view key, std::string_view value) { map.put(as_bytes(key), as_bytes(value)); }

Entries texts(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
  Entries entries;
  for (const auto& [key, value] : list) entries.emplace_back(bytes_of(key), bytes_of(value));
  return entries;
}

TEST_CASE("canonical decimal text is an integer") {
  for (const std::string_view text :
       {"0", "1", "-1", "10", "9223372036854775807", "-9223372036854775808", "1000000007"}) {
    CAPTURE(text);
    const auto value = parse_integer(as_bytes(text));
    REQUIRE(value.has_value());
    CHECK(as_text(format_integer(*value)) == text);
  }
  CHECK(parse_integer(as_bytes("9223372036854775807")) == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_integer(as_bytes("-9223372036854775808")) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("any other text is no integer") {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "+1"sv,
                                      "01"sv,
                                      "00"sv,
                                      "-0"sv,
                                      "-01"sv,
                                      " 1"sv,
                                      "1 "sv,
                                      "1\n"sv,
                                      "-"sv,
                                      "--1"sv,
                                      "1.0"sv,
                                      "1e3"sv,
                                      "0x1"sv,
                                      "1,000"sv,
                                      "9223372036854775808"sv,
                                      "-9223372036854775809"sv,
                                      "99999999999999999999999"sv,
                                      "1\0"sv,
                                      "\xd9\xa1"sv}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(as_bytes(text)).has_value());
  }
}

TEST_CASE("keys are ordered by unsigned bytes, a prefix before its extensions") {
  const auto before = [](const Bytes& a, const Bytes& b) { return ByteOrder()(a, b) && !ByteOrder()(b, a); };
  CHECK(before({}, {0}));
  CHECK(before({1}, {1, 0}));
  CHECK(before({1, 255}, {2}));
  CHECK(before({127}, {128}));
  CHECK_FALSE(ByteOrder()(Bytes{1, 2}, Bytes{1, 2}));
}

TEST_CASE("the map in memory") {
  MemoryMap map;
  CHECK_FALSE(map.lower_bound({}).has_value());
  put(map, "b", "2");
  put(map, "a", "1");
  put(map, "b", "3");
  CHECK(entries_of(map) == texts({{"a", "1"}, {"b", "3"}}));
  CHECK(map.get(as_bytes("b")) == bytes_of("3"));
  CHECK_FALSE(map.get(as_bytes("c")).has_value());
  CHECK(map.lower_bound(as_bytes("aa"))->first == bytes_of("b"));
  CHECK_FALSE(map.lower_bound(as_bytes("c")).has_value());
  map.erase(as_bytes("c"));
  map.erase(as_bytes("a"));
  CHECK(entries_of(map) == texts({{"b", "3"}}));
}

TEST_CASE("staged writes are seen through the stage and nowhere else until applied") {
  MemoryMap base;
  put(base, "a", "1");
  put(base, "b", "2");
  const Entries untouched = entries_of(base);
  StagedMap staged(base);
  put(staged, "b", "new");
  put(staged, "c", "3");
  staged.erase(as_bytes("a"));
  CHECK(entries_of(staged) == texts({{"b", "new"}, {"c", "3"}}));
  CHECK_FALSE(staged.get(as_bytes("a")).has_value());
  CHECK(staged.get(as_bytes("b")) == bytes_of("new"));
  CHECK(entries_of(base) == untouched);
  staged.apply();
  CHECK(entries_of(base) == texts({{"b", "new"}, {"c", "3"}}));
}

TEST_CASE("a stage merges its writes and the base in key order") {
  MemoryMap base;
  for (const std::string_view key : {"b", "d", "f"}) put(base, key, "base");
  StagedMap staged(base);
  for (const std::string_view key : {"a", "d", "g"}) put(staged, key, "staged");
  staged.erase(as_bytes("b"));
  staged.erase(as_bytes("c"));  // never there
  CHECK(entries_of(staged) == texts({{"a", "staged"}, {"d", "staged"}, {"f", "base"}, {"g", "staged"}}));
  staged.erase(as_bytes("g"));
  staged.erase(as_bytes("f"));
  CHECK(staged.lower_bound(as_bytes("d"))->first == bytes_of("d"));
  CHECK_FALSE(staged.lower_bound(as_bytes("e")).has_value());
  put(staged, "f", "again");
  CHECK(staged.lower_bound(as_bytes("e"))->second == bytes_of("again"));
}

TEST_CASE("the user's keys lie under their prefix with their version in front") {
  MemoryMap map;
  UserMap user(map);
  user.put(as_bytes("a"), {SequenceNumber(258), 3}, as_bytes("v"));
  REQUIRE(entries_of(map).size() == 1);
  CHECK(entries_of(map)[0].first == bytes_of("ka"));
  CHECK(to_hex(entries_of(map)[0].second) ==
        "0201000000000000"
        "03000000"
        "76");
  CHECK(user.get(as_bytes("a")) == Found{{SequenceNumber(258), 3}, bytes_of("v")});
  CHECK(user.erase(as_bytes("a")));
  CHECK_FALSE(user.erase(as_bytes("a")));
  CHECK(entries_of(map).empty());
}

TEST_CASE("the user's keys end where the rest of the state begins") {
  MemoryMap map;
  for (const std::string_view key : {"j", "l", "m", "w"}) put(map, key, "not the user's record");
  UserMap user(map);
  CHECK_FALSE(user.next({}).has_value());
  user.put(as_bytes("\xff"), {SequenceNumber(1), 0}, {});
  CHECK(user.next({})->key == bytes_of("\xff"));
  CHECK_FALSE(user.next(as_bytes("\xff\x01")).has_value());
  CHECK_FALSE(user.get(as_bytes("m")).has_value());
}

TEST_CASE("window keys sort by client, then by timestamp, the low mark first") {
  using state_layout::window_key;
  CHECK(to_hex(window_key(ClientId(258), Timestamp(3))) ==
        "77"
        "00000102"
        "0000000000000003");
  const ByteOrder before;
  CHECK(before(window_key(ClientId(1), Timestamp(0)), window_key(ClientId(1), Timestamp(1))));
  CHECK(before(window_key(ClientId(1), Timestamp(255)), window_key(ClientId(1), Timestamp(256))));
  CHECK(before(window_key(ClientId(1), Timestamp(~std::uint64_t{0})), window_key(ClientId(2), Timestamp(0))));
  CHECK(before(window_key(ClientId(255), Timestamp(9)), window_key(ClientId(256), Timestamp(1))));
  const auto parsed = state_layout::parse_window_key(window_key(ClientId(70000), Timestamp(~std::uint64_t{0} - 1)));
  CHECK(parsed.client == ClientId(70000));
  CHECK(parsed.timestamp == Timestamp(~std::uint64_t{0} - 1));
}

}  // namespace
}  // namespace quorate
