#include "tests/support/key_value_model.h"

#include <algorithm>
#include <optional>
#include <type_traits>

namespace quorate::testing {
namespace {

__extension__ using Wide = __int128;

constexpr std::size_t result_bytes_max = 131072;
constexpr std::size_t page_entry_bytes_max = 130048;

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }
Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// Digit by digit: what counts as an integer.
std::optional<Wide> integer(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string digits = negative ? text.substr(1) : text;
  if (digits.empty() || digits.size() > 19) return std::nullopt;
  if (digits[0] == '0' && (digits.size() > 1 || negative)) return std::nullopt;
  Wide value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  if (negative) value = -value;
  if (value < INT64_MIN || value > INT64_MAX) return std::nullopt;
  return value;
}

std::optional<SimpleOperation> simple_of(const Operation& operation) {
  return std::visit(
      []<typename T>(const T& one) -> std::optional<SimpleOperation> {
        if constexpr (std::is_same_v<T, Transaction>) {
          return std::nullopt;
        } else {
          return one;
        }
      },
      operation);
}

OperationResult widened(const SimpleResult& result) {
  return std::visit([](const auto& one) { return OperationResult(one); }, result);
}

}  // namespace

/// One simple operation on the entries. A failure is left in `failure`.
struct ModelRun {
  KeyValueModel::Entries& entries;
  Version version;
  std::optional<FailureReason> failure;

  SimpleResult operator()(const Get& get) const {
    const auto found = entries.find(text_of(get.key));
    if (found == entries.end()) return NotFound{};
    return Found{found->second.version, bytes_of(found->second.value)};
  }
  SimpleResult operator()(const Put& put) const {
    entries[text_of(put.key)] = {version, text_of(put.value)};
    return Written{version};
  }
  SimpleResult operator()(const Delete& remove) const { return Deleted{entries.erase(text_of(remove.key)) == 1}; }
  SimpleResult operator()(const Add& add) {
    const auto found = entries.find(text_of(add.key));
    const auto before = found == entries.end() ? Wide{0} : integer(found->second.value);
    if (!before) {
      failure = FailureReason::not_an_integer;
      return NotFound{};
    }
    const Wide sum = *before + add.delta;
    if (sum < INT64_MIN || sum > INT64_MAX) {
      failure = FailureReason::overflow;
      return NotFound{};
    }
    const auto value = static_cast<std::int64_t>(sum);
    entries[text_of(add.key)] = {version, std::to_string(value)};
    return Sum{version, value};
  }
  SimpleResult operator()(const Scan& scan) const {
    Page page;
    std::size_t bytes = 0;
    for (const auto& [key, entry] : entries) {
      if (key < text_of(scan.from)) continue;
      if (!scan.to.empty() && key >= text_of(scan.to)) break;
      bytes += 20 + key.size() + entry.value.size();
      if (page.entries.size() == scan.limit || bytes > page_entry_bytes_max) {
        page.next = bytes_of(key);
        break;
      }
      page.entries.push_back({bytes_of(key), entry.version, bytes_of(entry.value)});
    }
    return page;
  }
};

void KeyValueModel::next_slot() {
  ++n_;
  index_ = 0;
  slot_ = {};
}

void KeyValueModel::run(ClientId client, Timestamp timestamp, const Operation& operation) {
  const std::uint32_t index = index_++;
  const Timestamp low = this->low(client);
  if (timestamp <= low) {
    slot_.too_old.emplace_back(client, timestamp);
  } else if (timestamp.value - low.value > 4294967296) {
    slot_.too_far.emplace_back(client, timestamp);
  } else if (ran_[client].contains(timestamp)) {
    slot_.duplicates.emplace_back(client, timestamp);
  } else {
    Ending ending = execute({n_, index}, operation);
    slot_.runs.push_back({client, timestamp, index, ending.status, std::move(ending.result)});
    ran_[client].insert(timestamp);
  }
}

KeyValueModel::Ending KeyValueModel::execute(const Version& version, const Operation& operation) {
  Entries after = entries_;
  ModelRun run{after, version, std::nullopt};
  const auto simple = simple_of(operation);
  if (simple) {
    const SimpleResult result = std::visit(run, *simple);
    if (run.failure) return {OperationStatus::failed, Failed{*run.failure}};
    entries_ = after;
    return {OperationStatus::done, widened(result)};
  }
  const auto& transaction = std::get<Transaction>(operation);
  const bool met = std::ranges::all_of(transaction.conditions, [this](const Condition& c) { return holds(c); });
  TransactionResult out{met ? Branch::then : Branch::otherwise, {}};
  for (const SimpleOperation& part : met ? transaction.then : transaction.otherwise) {
    const auto position = static_cast<std::uint32_t>(out.results.size());
    out.results.push_back(std::visit(run, part));
    if (!run.failure && encode_result(out).size() > result_bytes_max) run.failure = FailureReason::result_too_large;
    if (run.failure) return {OperationStatus::failed, TransactionFailed{out.branch, position, *run.failure}};
  }
  entries_ = after;
  return {met ? OperationStatus::done : OperationStatus::condition_not_met, out};
}

bool KeyValueModel::holds(const Condition& condition) const {
  const std::string key = std::visit([](const auto& any) { return text_of(any.key); }, condition);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::holds_alternative<IsAbsent>(condition);
  if (const auto* version = std::get_if<VersionEquals>(&condition)) return found->second.version == version->version;
  if (const auto* value = std::get_if<ValueEquals>(&condition)) return found->second.value == text_of(value->value);
  if (const auto* least = std::get_if<IntegerAtLeast>(&condition)) {
    const auto number = integer(found->second.value);
    return number && *number >= least->bound;
  }
  return std::holds_alternative<Exists>(condition);
}

Timestamp KeyValueModel::low(ClientId client) const {
  const std::uint64_t last = newest(client).value;
  return Timestamp(last > client_window_ ? last - client_window_ : 0);
}

Timestamp KeyValueModel::newest(ClientId client) const {
  const auto ran = ran_.find(client);
  return ran == ran_.end() || ran->second.empty() ? Timestamp(0) : *ran->second.rbegin();
}

Version KeyValueModel::version_of(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? Version{} : found->second.version;
}

}  // namespace quorate::testing
