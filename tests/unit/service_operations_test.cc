// What each simple operation does to the keys and what it answers (replica/service/README.md, "Operations").
#include <doctest/doctest.h>

#include <limits>

#include "messages/limits.h"
#include "replica/service/key_value.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::bytes_of;
using testing::decoded;
using testing::encoded;
using testing::entries_of;

constexpr std::int64_t integer_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t integer_min = std::numeric_limits<std::int64_t>::min();

/// Runs operations one after the other; the i-th, from 1, has the version (7, i).
class Store {
 public:
  OperationResult run(const Operation& operation) {
    ++index_;
    OperationOutcome outcome = execute_operation(map_, version(index_), encoded(operation));
    status_ = outcome.status;
    return decoded(outcome.result);
  }
  static Version version(std::uint32_t index) { return {SequenceNumber(7), index}; }
  OperationStatus status() const { return status_; }
  MemoryMap& map() { return map_; }

  void put(std::string_view key, std::string_view value) { run(Put{as_bytes(key), as_bytes(value)}); }
  /// The value of a key, or "absent".
  std::string value(std::string_view key) {
    const OperationResult result = run(Get{as_bytes(key)});
    const auto* found = std::get_if<Found>(&result);
    return found == nullptr ? "absent" : std::string(as_text(found->value));
  }
  Page scan(std::string_view from, std::string_view to, std::uint32_t limit) {
    return std::get<Page>(run(Scan{as_bytes(from), as_bytes(to), limit}));
  }

 private:
  MemoryMap map_;
  std::uint32_t index_ = 0;
  OperationStatus status_ = OperationStatus::done;
};

std::string keys_of(const Page& page) {
  std::string keys;
  for (const Page::Entry& entry : page.entries) keys += std::string(as_text(entry.key)) + " ";
  return keys + "| " + std::string(as_text(page.next));
}

TEST_CASE("get and put") {
  Store store;
  CHECK(store.run(Get{as_bytes("a")}) == OperationResult(NotFound{}));
  CHECK(store.status() == OperationStatus::done);
  CHECK(store.run(Put{as_bytes("a"), as_bytes("1")}) == OperationResult(Written{Store::version(2)}));
  CHECK(store.run(Get{as_bytes("a")}) == OperationResult(Found{Store::version(2), bytes_of("1")}));
  CHECK(store.run(Put{as_bytes("a"), {}}) == OperationResult(Written{Store::version(4)}));
  CHECK(store.run(Get{as_bytes("a")}) == OperationResult(Found{Store::version(4), {}}));
}

TEST_CASE("delete says whether the key was there") {
  Store store;
  CHECK(store.run(Delete{as_bytes("a")}) == OperationResult(Deleted{false}));
  store.put("a", "1");
  CHECK(store.run(Delete{as_bytes("a")}) == OperationResult(Deleted{true}));
  CHECK(store.run(Delete{as_bytes("a")}) == OperationResult(Deleted{false}));
  CHECK(store.value("a") == "absent");
  CHECK(entries_of(store.map()).empty());
}

TEST_CASE("the largest key and the largest value") {
  Store store;
  const std::string key(limits::key_bytes_max, '\xff');
  const std::string value(limits::value_bytes_max, '\0');
  store.put(key, value);
  CHECK(store.status() == OperationStatus::done);
  CHECK(store.value(key) == value);
  const Page page = store.scan("", "", 2);
  REQUIRE(page.entries.size() == 1);
  CHECK(page.next.empty());
  const std::size_t largest = store.map().lower_bound({})->first.size();
  CHECK(largest == 401);  // LMDB ends at 511
}

TEST_CASE("add counts an absent key as 0") {
  Store store;
  CHECK(store.run(Add{as_bytes("a"), 5}) == OperationResult(Sum{Store::version(1), 5}));
  CHECK(store.run(Add{as_bytes("a"), -7}) == OperationResult(Sum{Store::version(2), -2}));
  CHECK(store.run(Get{as_bytes("a")}) == OperationResult(Found{Store::version(2), bytes_of("-2")}));
  CHECK(store.run(Add{as_bytes("a"), 0}) == OperationResult(Sum{Store::version(4), -2}));
  CHECK(store.run(Add{as_bytes("b"), 0}) == OperationResult(Sum{Store::version(5), 0}));
  CHECK(store.value("b") == "0");
  CHECK(store.run(Add{as_bytes("c"), integer_min}) == OperationResult(Sum{Store::version(7), integer_min}));
}

TEST_CASE("add at the edges of 64 bits") {
  struct Edge {
    const char* value;
    std::int64_t delta;
    const char* after;  // null: overflow
  };
  for (const Edge& edge : std::initializer_list<Edge>{{"9223372036854775806", 1, "9223372036854775807"},
                                                      {"9223372036854775807", 0, "9223372036854775807"},
                                                      {"9223372036854775807", 1, nullptr},
                                                      {"1", integer_max, nullptr},
                                                      {"0", integer_max, "9223372036854775807"},
                                                      {"-9223372036854775807", -1, "-9223372036854775808"},
                                                      {"-9223372036854775808", 0, "-9223372036854775808"},
                                                      {"-9223372036854775808", -1, nullptr},
                                                      {"-1", integer_min, nullptr},
                                                      {"0", integer_min, "-9223372036854775808"},
                                                      {"-9223372036854775808", integer_max, "-1"},
                                                      {"9223372036854775807", integer_min, "-1"}}) {
    CAPTURE(edge.value);
    CAPTURE(edge.delta);
    Store store;
    store.put("a", edge.value);
    const auto before = entries_of(store.map());
    const OperationResult result = store.run(Add{as_bytes("a"), edge.delta});
    if (edge.after == nullptr) {
      CHECK(store.status() == OperationStatus::failed);
      CHECK(result == OperationResult(Failed{FailureReason::overflow}));
      CHECK(entries_of(store.map()) == before);
    } else {
      CHECK(store.status() == OperationStatus::done);
      CHECK(store.value("a") == edge.after);
    }
  }
}

TEST_CASE("add to what is no integer changes nothing") {
  for (const std::string_view value : {"", "+1", "01", " 1", "-0", "9223372036854775808", "one"}) {
    CAPTURE(value);
    Store store;
    store.put("a", value);
    const auto before = entries_of(store.map());
    CHECK(store.run(Add{as_bytes("a"), 1}) == OperationResult(Failed{FailureReason::not_an_integer}));
    CHECK(store.status() == OperationStatus::failed);
    CHECK(entries_of(store.map()) == before);
  }
}

TEST_CASE("a scan has its first key and not its last") {
  Store store;
  for (const std::string_view key : {"c", "a", "b", "bb", "d"}) store.put(key, "");
  CHECK(keys_of(store.scan("", "", 10)) == "a b bb c d | ");
  CHECK(keys_of(store.scan("b", "c", 10)) == "b bb | ");
  CHECK(keys_of(store.scan("aa", "bb", 10)) == "b | ");
  CHECK(keys_of(store.scan("e", "", 10)) == "| ");
  CHECK(keys_of(store.scan("b", "b", 10)) == "| ");
  CHECK(keys_of(store.scan("c", "b", 10)) == "| ");
}

TEST_CASE("a scan's limit leaves a key to go on from") {
  Store store;
  for (const std::string_view key : {"a", "b", "c", "d"}) store.put(key, "");
  CHECK(keys_of(store.scan("", "", 2)) == "a b | c");
  CHECK(keys_of(store.scan("c", "", 2)) == "c d | ");
  CHECK(keys_of(store.scan("", "c", 2)) == "a b | ");
  CHECK(keys_of(store.scan("", "d", 2)) == "a b | c");
}

TEST_CASE("a scan gives values and versions") {
  Store store;
  store.put("a", "1");
  const Page page = store.scan("", "", 1);
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0] == Page::Entry{bytes_of("a"), Store::version(1), bytes_of("1")});
}

TEST_CASE("a scan sees the user's keys only") {
  Store store;
  for (const std::string_view key : {"j", "m", "w"}) store.map().put(as_bytes(key), as_bytes("not the user's"));
  store.put("a", "");
  CHECK(keys_of(store.scan("", "", 10)) == "a | ");
}

TEST_CASE("a page has at most scan_entries_max entries") {
  Store store;
  for (std::uint32_t i = 0; i <= limits::scan_entries_max; ++i) store.put("key" + std::to_string(10000 + i), "");
  const Page page = store.scan("", "", limits::scan_entries_max);
  CHECK(page.entries.size() == limits::scan_entries_max);
  CHECK(as_text(page.next) == "key11024");
}

TEST_CASE("a page stops before it exceeds page_bytes_max") {
  const std::size_t entry_frame = 4 + 1 + 12 + 4;
  const std::string large(limits::value_bytes_max, 'v');
  const std::size_t left = page_bytes_max - (entry_frame + large.size()) - entry_frame;
  Store store;
  store.put("a", large);
  store.put("b", std::string(left, 'v'));
  CHECK(keys_of(store.scan("", "", 10)) == "a b | ");
  store.put("b", std::string(left + 1, 'v'));
  CHECK(keys_of(store.scan("", "", 10)) == "a | b");
  CHECK(keys_of(store.scan("b", "", 10)) == "b | ");
}

TEST_CASE("paging visits every key once, in order") {
  Store store;
  std::string expected;
  for (int i = 100; i < 150; ++i) {
    store.put(std::to_string(i), std::string(9000, 'v'));
    expected += std::to_string(i) + " ";
  }
  std::string visited;
  std::size_t pages = 0;
  for (std::string from;; ++pages) {
    const Page page = store.scan(from, "", 1000);
    for (const Page::Entry& entry : page.entries) visited += std::string(as_text(entry.key)) + " ";
    from = as_text(page.next);
    if (from.empty()) break;
  }
  CHECK(visited == expected);
  CHECK(pages == 3);  // and the last: 14 entries of 9 kB a page
}

TEST_CASE("what is no operation has a status and no result, and changes nothing") {
  Store store;
  store.put("a", "1");
  const auto before = entries_of(store.map());
  for (const Bytes& bytes : {Bytes{}, Bytes{0}, Bytes{1, 2, 3}, Bytes{2, 1, 0, 0, 0, 'a'}}) {
    const OperationOutcome outcome = execute_operation(store.map(), Store::version(2), bytes);
    CHECK(outcome.status == OperationStatus::malformed);
    CHECK(outcome.result.empty());
  }
  CHECK(entries_of(store.map()) == before);
}

}  // namespace
}  // namespace quorate
