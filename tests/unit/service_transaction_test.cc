// Transactions: which branch runs, what each condition asks, and all or nothing.
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

const Version before{SequenceNumber(3), 1};
const Version now{SequenceNumber(4), 0};

struct Ran {
  OperationStatus status;
  OperationResult result;
};

class Store {
 public:
  Store(std::initializer_list<std::pair<std::string_view, std::string_view>> entries = {}) {
    for (const auto& [key, value] : entries) put(key, value);
  }
  void put(std::string_view key, std::string_view value) {
    execute_operation(map_, before, encoded(Put{as_bytes(key), as_bytes(value)}));
  }
  Ran run(const Transaction& transaction) {
    const OperationOutcome outcome = execute_operation(map_, now, encoded(transaction));
    return {outcome.status, decoded(outcome.result)};
  }
  bool holds(const Condition& condition) {
    const Ran ran = run({{condition}, {}, {}});
    const auto branch = std::get<TransactionResult>(ran.result).branch;
    CHECK((branch == Branch::then) == (ran.status == OperationStatus::done));
    CHECK((branch == Branch::otherwise) == (ran.status == OperationStatus::condition_not_met));
    return branch == Branch::then;
  }
  std::string value(std::string_view key) {
    const auto result = decoded(execute_operation(map_, now, encoded(Get{as_bytes(key)})).result);
    const auto* found = std::get_if<Found>(&result);
    return found == nullptr ? "absent" : std::string(as_text(found->value));
  }
  MemoryMap& map() { return map_; }

 private:
  MemoryMap map_;
};

TEST_CASE("conditions exists and absent") {
  Store store({{"a", ""}});
  CHECK(store.holds(Exists{as_bytes("a")}));
  CHECK_FALSE(store.holds(Exists{as_bytes("b")}));
  CHECK_FALSE(store.holds(IsAbsent{as_bytes("a")}));
  CHECK(store.holds(IsAbsent{as_bytes("b")}));
}

TEST_CASE("condition version equals") {
  Store store({{"a", ""}});
  CHECK(store.holds(VersionEquals{as_bytes("a"), before}));
  CHECK_FALSE(store.holds(VersionEquals{as_bytes("a"), {SequenceNumber(3), 2}}));
  CHECK_FALSE(store.holds(VersionEquals{as_bytes("a"), {SequenceNumber(2), 1}}));
  CHECK_FALSE(store.holds(VersionEquals{as_bytes("b"), {}}));
}

TEST_CASE("condition value equals") {
  Store store({{"a", "1"}, {"empty", ""}});
  CHECK(store.holds(ValueEquals{as_bytes("a"), as_bytes("1")}));
  CHECK_FALSE(store.holds(ValueEquals{as_bytes("a"), as_bytes("10")}));
  CHECK_FALSE(store.holds(ValueEquals{as_bytes("a"), {}}));
  CHECK(store.holds(ValueEquals{as_bytes("empty"), {}}));
  CHECK_FALSE(store.holds(ValueEquals{as_bytes("b"), {}}));
}

TEST_CASE("condition integer at least") {
  Store store({{"a", "5"}, {"least", "-9223372036854775808"}, {"text", "5x"}});
  CHECK(store.holds(IntegerAtLeast{as_bytes("a"), 5}));
  CHECK(store.holds(IntegerAtLeast{as_bytes("a"), -5}));
  CHECK_FALSE(store.holds(IntegerAtLeast{as_bytes("a"), 6}));
  CHECK(store.holds(IntegerAtLeast{as_bytes("least"), std::numeric_limits<std::int64_t>::min()}));
  CHECK_FALSE(store.holds(IntegerAtLeast{as_bytes("text"), 0}));
  CHECK_FALSE(store.holds(IntegerAtLeast{as_bytes("b"), 0}));
  CHECK_FALSE(store.holds(IntegerAtLeast{as_bytes("b"), -1}));
}

TEST_CASE("all conditions must hold; none is enough") {
  Store store({{"a", "1"}});
  const Condition met = Exists{as_bytes("a")};
  const Condition unmet = Exists{as_bytes("b")};
  const auto branch = [&store](std::vector<Condition> conditions) {
    return std::get<TransactionResult>(store.run({std::move(conditions), {}, {}}).result).branch;
  };
  CHECK(branch({}) == Branch::then);
  CHECK(branch({met, met}) == Branch::then);
  CHECK(branch({met, unmet}) == Branch::otherwise);
  CHECK(branch({unmet, met}) == Branch::otherwise);
}

TEST_CASE("one branch runs, the other does nothing") {
  const Transaction transaction{
      {IsAbsent{as_bytes("a")}}, {Put{as_bytes("a"), as_bytes("then")}}, {Put{as_bytes("b"), as_bytes("otherwise")}}};
  Store store;
  Ran ran = store.run(transaction);
  CHECK(ran.status == OperationStatus::done);
  CHECK(ran.result == OperationResult(TransactionResult{Branch::then, {Written{now}}}));
  CHECK(store.value("a") == "then");
  CHECK(store.value("b") == "absent");
  ran = store.run(transaction);
  CHECK(ran.status == OperationStatus::condition_not_met);
  CHECK(ran.result == OperationResult(TransactionResult{Branch::otherwise, {Written{now}}}));
  CHECK(store.value("a") == "then");
  CHECK(store.value("b") == "otherwise");
}

TEST_CASE("operations see those before them in the transaction") {
  Store store({{"a", "1"}, {"b", "2"}});
  const Ran ran = store.run({{},
                             {Add{as_bytes("a"), 4}, Get{as_bytes("a")}, Delete{as_bytes("b")}, Get{as_bytes("b")},
                              Delete{as_bytes("b")}, Put{as_bytes("c"), as_bytes("3")}, Scan{{}, {}, 10}},
                             {}});
  CHECK(ran.result ==
        OperationResult(TransactionResult{
            Branch::then,
            {Sum{now, 5}, Found{now, bytes_of("5")}, Deleted{true}, NotFound{}, Deleted{false}, Written{now},
             Page{{{bytes_of("a"), now, bytes_of("5")}, {bytes_of("c"), now, bytes_of("3")}}, {}}}}));
  CHECK(store.value("a") == "5");
  CHECK(store.value("b") == "absent");
  CHECK(store.value("c") == "3");
}

TEST_CASE("conditions see the state before the transaction") {
  Store store({{"a", "1"}});
  const Ran ran = store.run({{ValueEquals{as_bytes("a"), as_bytes("1")}, IsAbsent{as_bytes("b")}},
                             {Put{as_bytes("a"), as_bytes("2")}, Put{as_bytes("b"), as_bytes("2")}},
                             {}});
  CHECK(ran.status == OperationStatus::done);
}

TEST_CASE("an operation that fails in the middle undoes those before it") {
  Store store({{"text", "x"}, {"max", "9223372036854775807"}, {"gone", "1"}});
  const auto untouched = entries_of(store.map());
  const std::vector<SimpleOperation> writes = {Put{as_bytes("a"), as_bytes("1")}, Delete{as_bytes("gone")},
                                               Add{as_bytes("b"), 1}};
  auto with = [&writes](const SimpleOperation& last) {
    auto operations = writes;
    operations.push_back(last);
    operations.push_back(Put{as_bytes("z"), {}});
    return operations;
  };
  Ran ran = store.run({{}, with(Add{as_bytes("text"), 1}), {}});
  CHECK(ran.status == OperationStatus::failed);
  CHECK(ran.result == OperationResult(TransactionFailed{Branch::then, 3, FailureReason::not_an_integer}));
  CHECK(entries_of(store.map()) == untouched);

  ran = store.run({{Exists{as_bytes("never")}}, {}, with(Add{as_bytes("max"), 1})});
  CHECK(ran.status == OperationStatus::failed);
  CHECK(ran.result == OperationResult(TransactionFailed{Branch::otherwise, 3, FailureReason::overflow}));
  CHECK(entries_of(store.map()) == untouched);
}

TEST_CASE("limit result_bytes_max: larger results fail the whole transaction") {
  // The results: a frame, the large value, and the rest.
  const std::string large(limits::value_bytes_max, 'v');
  const std::size_t frame = 1 + 1 + 4;
  const std::size_t found_frame = 1 + 12 + 4;
  const std::size_t left = limits::result_bytes_max - frame - 2 * found_frame - large.size();
  const Transaction transaction{
      {}, {Put{as_bytes("new"), as_bytes("1")}, Get{as_bytes("large")}, Get{as_bytes("rest")}}, {}};
  const std::size_t written_bytes = 1 + 12;

  Store store({{"large", large}, {"rest", std::string(left - written_bytes, 'r')}});
  const OperationOutcome largest = execute_operation(store.map(), now, encoded(transaction));
  CHECK(largest.status == OperationStatus::done);
  CHECK(largest.result.size() == limits::result_bytes_max);
  CHECK(store.value("new") == "1");

  Store more({{"large", large}, {"rest", std::string(left - written_bytes + 1, 'r')}});
  const auto untouched = entries_of(more.map());
  const Ran ran = more.run(transaction);
  CHECK(ran.status == OperationStatus::failed);
  CHECK(ran.result == OperationResult(TransactionFailed{Branch::then, 2, FailureReason::result_too_large}));
  CHECK(entries_of(more.map()) == untouched);
}

TEST_CASE("a full page fits into a transaction") {
  Store store;
  for (int i = 0; i < 200; ++i) store.put("key" + std::to_string(1000 + i), std::string(1000, 'v'));
  const Ran ran = store.run({{}, {Scan{{}, {}, limits::scan_entries_max}}, {}});
  CHECK(ran.status == OperationStatus::done);
  const auto& page = std::get<Page>(std::get<TransactionResult>(ran.result).results.at(0));
  CHECK(page.entries.size() > 100);
  CHECK_FALSE(page.next.empty());
}

TEST_CASE("limit transaction_parts_max: the largest transaction runs") {
  Store store;
  Transaction transaction;
  transaction.then.assign(limits::transaction_parts_max, Add{as_bytes("a"), 1});
  CHECK(store.run(transaction).status == OperationStatus::done);
  CHECK(store.value("a") == "1024");
}

}  // namespace
}  // namespace quorate
