#include "replica/service/key_value.h"

#include <algorithm>
#include <tl/expected.hpp>

#include "messages/limits.h"
#include "replica/service/decimal.h"
#include "replica/service/staged_map.h"
#include "replica/service/user_map.h"

namespace quorate {
namespace {

static_assert(page_bytes_max + 1024 <= limits::result_bytes_max, "a page's frame and its next key fit beside it");
static_assert(limits::value_bytes_max + limits::key_bytes_max + 1024 <= page_bytes_max, "a page holds any one entry");

using SimpleAnswer = tl::expected<SimpleResult, FailureReason>;

/// Runs one simple operation. A failure comes before the first write.
class Executor {
 public:
  Executor(OrderedMap& map, const Version& version) : map_(map), version_(version) {}

  SimpleAnswer operator()(const Get& get) {
    if (auto found = map_.get(get.key)) return std::move(*found);
    return NotFound{};
  }
  SimpleAnswer operator()(const Put& put) {
    map_.put(put.key, version_, put.value);
    return Written{version_};
  }
  SimpleAnswer operator()(const Delete& remove) { return Deleted{map_.erase(remove.key)}; }
  SimpleAnswer operator()(const Add& add) {
    std::int64_t sum = 0;
    if (const auto found = map_.get(add.key)) {
      const auto integer = parse_integer(found->value);
      if (!integer) return tl::unexpected(FailureReason::not_an_integer);
      sum = *integer;
    }
    if (__builtin_add_overflow(sum, add.delta, &sum)) return tl::unexpected(FailureReason::overflow);
    map_.put(add.key, version_, format_integer(sum));
    return Sum{version_, sum};
  }
  SimpleAnswer operator()(const Scan& scan) {
    Page page;
    std::size_t bytes = 0;
    auto entry = next(scan, scan.from);
    while (entry && page.entries.size() < scan.limit) {
      bytes += encoded_bytes(*entry);
      if (bytes > page_bytes_max) break;
      Bytes after = entry->key;
      after.push_back(0);  // the smallest key that is larger
      page.entries.push_back(std::move(*entry));
      entry = next(scan, after);
    }
    if (entry) page.next = std::move(entry->key);
    return page;
  }

 private:
  /// The first entry at or after `from` inside the scan's range.
  std::optional<Page::Entry> next(const Scan& scan, ByteView from) const {
    auto entry = map_.next(from);
    if (entry && !scan.to.empty() && !ByteOrder()(entry->key, scan.to)) return std::nullopt;
    return entry;
  }

  UserMap map_;
  Version version_;
};

class ConditionHolds {
 public:
  explicit ConditionHolds(OrderedMap& map) : map_(map) {}

  bool operator()(const Exists& condition) const { return map_.get(condition.key).has_value(); }
  bool operator()(const IsAbsent& condition) const { return !map_.get(condition.key); }
  bool operator()(const VersionEquals& condition) const {
    const auto found = map_.get(condition.key);
    return found && found->version == condition.version;
  }
  bool operator()(const ValueEquals& condition) const {
    const auto found = map_.get(condition.key);
    return found && std::ranges::equal(found->value, condition.value);
  }
  bool operator()(const IntegerAtLeast& condition) const {
    const auto found = map_.get(condition.key);
    const auto integer = found ? parse_integer(found->value) : std::nullopt;
    return integer && *integer >= condition.bound;
  }

 private:
  UserMap map_;
};

OperationOutcome run(OrderedMap& map, const Version& version, const Transaction& transaction) {
  const ConditionHolds holds(map);
  const bool met = std::ranges::all_of(transaction.conditions,
                                       [&holds](const Condition& condition) { return std::visit(holds, condition); });
  TransactionResult result;
  result.branch = met ? Branch::then : Branch::otherwise;
  const auto failed = [&result](FailureReason reason) {
    const auto position = static_cast<std::uint32_t>(result.results.size());
    return OperationOutcome{OperationStatus::failed, encode_result(TransactionFailed{result.branch, position, reason})};
  };
  StagedMap staged(map);
  Executor executor(staged, version);
  std::size_t bytes = 1 + 1 + 4;  // kind, branch, count
  for (const SimpleOperation& operation : met ? transaction.then : transaction.otherwise) {
    SimpleAnswer answer = std::visit(executor, operation);
    if (!answer) return failed(answer.error());
    bytes += encoded_bytes(*answer);
    if (bytes > limits::result_bytes_max) return failed(FailureReason::result_too_large);
    result.results.push_back(std::move(*answer));
  }
  staged.apply();
  return {met ? OperationStatus::done : OperationStatus::condition_not_met, encode_result(std::move(result))};
}

template <typename Simple>
OperationOutcome run(OrderedMap& map, const Version& version, const Simple& operation) {
  SimpleAnswer answer = Executor(map, version)(operation);
  if (!answer) return {OperationStatus::failed, encode_result(Failed{answer.error()})};
  return {
      OperationStatus::done,
      std::visit([]<typename T>(T&& result) { return encode_result(std::forward<T>(result)); }, std::move(*answer))};
}

}  // namespace

OperationOutcome execute_operation(OrderedMap& map, const Version& version, ByteView operation) {
  const auto decoded = decode_operation(operation);
  if (!decoded) return {OperationStatus::malformed, {}};
  return std::visit([&](const auto& alternative) { return run(map, version, alternative); }, *decoded);
}

}  // namespace quorate
