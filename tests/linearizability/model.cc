#include "tests/linearizability/model.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <type_traits>

#include "crypto/check.h"

namespace quorate::linearizability {
namespace {

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 33)) * 0xff51afd7ed558ccd;
  z = (z ^ (z >> 33)) * 0xc4ceb9fe1a85ec53;
  return z ^ (z >> 33);
}

/// Calls `use` with each simple operation of any operation.
template <typename Use>
void each_part(const Operation& operation, const Use& use) {
  std::visit(
      [&]<typename T>(const T& one) {
        if constexpr (std::is_same_v<T, Transaction>) {
          for (const SimpleOperation& part : one.then) use(part);
          for (const SimpleOperation& part : one.otherwise) use(part);
        } else {
          use(SimpleOperation(one));
        }
      },
      operation);
}

void take_keys(const Call& call, std::set<std::string>& names) {
  const auto take = [&](ByteView key) { names.insert(std::string(as_text(key))); };
  const auto operation = decode_operation(call.operation);
  if (operation) {
    each_part(*operation, [&](const SimpleOperation& part) {
      std::visit(
          [&]<typename T>(const T& one) {
            if constexpr (!std::is_same_v<T, Scan>) take(one.key);
          },
          part);
    });
    if (const auto* transaction = std::get_if<Transaction>(&*operation)) {
      for (const Condition& condition : transaction->conditions) {
        std::visit([&](const auto& any) { take(any.key); }, condition);
      }
    }
  }
  if (!call.answer) return;
  const auto take_page = [&](const Page& page) {
    for (const Page::Entry& entry : page.entries) take(entry.key);
    if (!page.next.empty()) take(page.next);
  };
  const auto result = decode_result(call.answer->result);
  if (!result) return;
  if (const auto* page = std::get_if<Page>(&*result)) take_page(*page);
  if (const auto* parts = std::get_if<TransactionResult>(&*result)) {
    for (const SimpleResult& part : parts->results) {
      if (const auto* page = std::get_if<Page>(&part)) take_page(*page);
    }
  }
}

void sort(KeyIds& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

Keys::Keys(const std::vector<Call>& calls) {
  std::set<std::string> names;
  for (const Call& call : calls) take_keys(call, names);
  names_.assign(names.begin(), names.end());
}

KeyId Keys::at_or_above(ByteView key) const {
  return static_cast<KeyId>(std::lower_bound(names_.begin(), names_.end(), as_text(key)) - names_.begin());
}

KeyId Keys::id(ByteView key) const {
  const KeyId found = at_or_above(key);
  check(found < names_.size() && names_[found] == as_text(key), "each key of the history is known");
  return found;
}

Step read_step(const Call& call, const Keys& keys) {
  Step step{&call, decode_operation(call.operation), std::nullopt, {}, {}};
  if (call.answer) step.result = decode_result(call.answer->result);
  if (!step.operation) return step;
  // A scan alone saw no further than what its page left out.
  const Page* page = step.result ? std::get_if<Page>(&*step.result) : nullptr;
  each_part(*step.operation, [&](const SimpleOperation& part) {
    if (const auto* scan = std::get_if<Scan>(&part)) {
      KeyId end = scan->to.empty() ? static_cast<KeyId>(keys.size()) : keys.at_or_above(scan->to);
      if (page != nullptr && !page->next.empty()) end = std::min(end, keys.at_or_above(page->next) + 1);
      for (KeyId id = keys.at_or_above(scan->from); id < end; ++id) step.reads.push_back(id);
      return;
    }
    const KeyId id = std::visit(
        [&]<typename T>(const T& one) {
          if constexpr (std::is_same_v<T, Scan>) {
            return KeyId{0};
          } else {
            return keys.id(one.key);
          }
        },
        part);
    if (!std::holds_alternative<Put>(part)) step.reads.push_back(id);
    if (!std::holds_alternative<Get>(part)) step.writes.push_back(id);
  });
  if (const auto* transaction = std::get_if<Transaction>(&*step.operation)) {
    for (const Condition& condition : transaction->conditions) {
      step.reads.push_back(std::visit([&](const auto& any) { return keys.id(any.key); }, condition));
    }
    // A branch that is not taken leaves its keys as they were: its effect depends on the conditions.
    step.reads.insert(step.reads.end(), step.writes.begin(), step.writes.end());
  }
  sort(step.reads);
  sort(step.writes);
  return step;
}

// --- the state ---

void Model::toggle(KeyId id) {
  const Slot& slot = entries_[id];
  if (!slot) return;
  std::uint64_t a = 0xcbf29ce484222325 + id;
  std::uint64_t b = 0x9e3779b97f4a7c15 * (id + 1);
  for (const char c : slot->value) {
    a = (a ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    b = mixed(b + static_cast<std::uint8_t>(c));
  }
  const Version version = slot->version.value_or(Version{SequenceNumber(~std::uint64_t{0}), 0});
  fingerprint_[0] ^= mixed(a ^ mixed(version.n.value * 31 + version.index));
  fingerprint_[1] ^= mixed(b + mixed(version.n.value + 0x51ed270b * (version.index + 1)));
}

void Model::write(KeyId id, Slot slot) {
  toggle(id);
  undo_.emplace_back(id, std::move(entries_[id]));
  entries_[id] = std::move(slot);
  toggle(id);
}

void Model::back_to(std::size_t mark) {
  while (undo_.size() > mark) {
    auto& [id, slot] = undo_.back();
    toggle(id);
    entries_[id] = std::move(slot);
    toggle(id);
    undo_.pop_back();
  }
}

std::string Model::describe(KeyId id) const {
  const Slot& slot = entries_[id];
  return keys_->name(id) + (slot ? " = '" + slot->value + "'" : " is absent");
}

bool Model::shows(const Slot& slot, const Version& version, const Bytes& value) const {
  return slot && slot->value == as_text(value) && (!slot->version || *slot->version == version);
}

// --- conditions ---

Model::Truth Model::holds(const Condition& condition) const {
  const KeyId id = std::visit([&](const auto& any) { return keys_->id(any.key); }, condition);
  const Slot& slot = entries_[id];
  const auto truth = [](bool yes) { return yes ? Truth::yes : Truth::no; };
  if (std::holds_alternative<IsAbsent>(condition)) return truth(!slot);
  if (!slot) return Truth::no;
  if (const auto* version = std::get_if<VersionEquals>(&condition)) {
    return slot->version ? truth(*slot->version == version->version) : Truth::unknown;
  }
  if (const auto* value = std::get_if<ValueEquals>(&condition)) return truth(slot->value == as_text(value->value));
  if (const auto* least = std::get_if<IntegerAtLeast>(&condition)) {
    const auto number = integer(slot->value);
    return truth(number && *number >= least->bound);
  }
  return Truth::yes;
}

Model::Truth Model::all_hold(const Transaction& transaction) const {
  Truth all = Truth::yes;
  for (const Condition& condition : transaction.conditions) {
    const Truth one = holds(condition);
    if (one == Truth::no) return one;
    if (one == Truth::unknown) all = one;
  }
  return all;
}

bool Model::either_way(const Step& step) const {
  if (step.answered() || !step.operation) return false;
  const auto* transaction = std::get_if<Transaction>(&*step.operation);
  return transaction != nullptr && all_hold(*transaction) == Truth::unknown;
}

// --- operations ---

bool Model::run(const SimpleOperation& operation, const SimpleResult* expected) {
  return std::visit([&](const auto& one) { return run(one, expected); }, operation);
}

bool Model::run(const Get& get, const SimpleResult* expected) {
  if (expected == nullptr) return true;
  const Slot& slot = entries_[keys_->id(get.key)];
  if (!slot) return std::holds_alternative<NotFound>(*expected);
  const auto* found = std::get_if<Found>(expected);
  return found != nullptr && shows(slot, found->version, found->value);
}

bool Model::run(const Put& put, const SimpleResult* expected) {
  const auto* written = expected != nullptr ? std::get_if<Written>(expected) : nullptr;
  if (expected != nullptr && written == nullptr) return false;
  write(keys_->id(put.key),
        Entry{std::string(as_text(put.value)), written != nullptr ? std::optional(written->version) : std::nullopt});
  return true;
}

bool Model::run(const Delete& remove, const SimpleResult* expected) {
  const KeyId id = keys_->id(remove.key);
  const auto* deleted = expected != nullptr ? std::get_if<Deleted>(expected) : nullptr;
  if (expected != nullptr && (deleted == nullptr || deleted->existed != entries_[id].has_value())) return false;
  write(id, std::nullopt);
  return true;
}

bool Model::run(const Scan& scan, const SimpleResult* expected) {
  if (expected == nullptr) return true;
  const auto* page = std::get_if<Page>(expected);
  if (page == nullptr || page->entries.size() > scan.limit) return false;
  const KeyId end = scan.to.empty() ? static_cast<KeyId>(keys_->size()) : keys_->at_or_above(scan.to);
  KeyId id = keys_->at_or_above(scan.from);
  const auto next_present = [&] {
    while (id < end && !entries_[id]) ++id;
    return id < end;
  };
  for (const Page::Entry& entry : page->entries) {
    if (!next_present() || keys_->name(id) != as_text(entry.key)) return false;
    if (!shows(entries_[id], entry.version, entry.value)) return false;
    ++id;
  }
  // How many entries fit a page is the server's business; where the next one begins is not.
  if (!next_present()) return page->next.empty();
  return keys_->name(id) == as_text(page->next);
}

bool Model::run(const Add& add, const SimpleResult* expected) {
  const KeyId id = keys_->id(add.key);
  const auto before = entries_[id] ? integer(entries_[id]->value) : std::optional<std::int64_t>(0);
  std::int64_t sum = 0;
  if (!before) {
    failure_ = FailureReason::not_an_integer;
  } else if (__builtin_add_overflow(*before, add.delta, &sum)) {
    failure_ = FailureReason::overflow;
  }
  if (failure_) return true;
  const auto* answered = expected != nullptr ? std::get_if<Sum>(expected) : nullptr;
  if (expected != nullptr && (answered == nullptr || answered->value != sum)) return false;
  write(id, Entry{std::to_string(sum), answered != nullptr ? std::optional(answered->version) : std::nullopt});
  return true;
}

bool Model::run_single(const SimpleOperation& operation, const Step& step) {
  if (!step.answered()) {
    run(operation, nullptr);
    return true;
  }
  if (const auto* failed = std::get_if<Failed>(&*step.result)) {
    return run(operation, nullptr) && failure_ == failed->reason;
  }
  std::optional<SimpleResult> expected;
  std::visit(
      [&]<typename T>(const T& result) {
        if constexpr (std::is_constructible_v<SimpleResult, T>) expected = result;
      },
      *step.result);
  return expected && run(operation, &*expected) && !failure_;
}

bool Model::run_branch(const std::vector<SimpleOperation>& operations, const TransactionResult* expected) {
  if (expected != nullptr && expected->results.size() != operations.size()) return false;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (!run(operations[i], expected != nullptr ? &expected->results[i] : nullptr)) return false;
    if (failure_) return expected == nullptr;
  }
  return true;
}

bool Model::fails_as(const std::vector<SimpleOperation>& operations, const TransactionFailed& expected) {
  if (expected.position >= operations.size()) return false;
  for (std::uint32_t i = 0; i <= expected.position; ++i) {
    run(operations[i], nullptr);
    if (failure_) return i == expected.position && failure_ == expected.reason;
  }
  return expected.reason == FailureReason::result_too_large;
}

bool Model::run_transaction(const Transaction& transaction, const Step& step, std::optional<Branch> branch) {
  const Truth truth = all_hold(transaction);
  const auto possible = [&](Branch b) { return truth != (b == Branch::then ? Truth::no : Truth::yes); };
  const auto operations = [&](Branch b) { return b == Branch::then ? transaction.then : transaction.otherwise; };
  if (!step.answered()) {
    const Branch way = truth == Truth::unknown ? branch.value_or(Branch::then)
                                               : (truth == Truth::yes ? Branch::then : Branch::otherwise);
    return run_branch(operations(way), nullptr);
  }
  if (const auto* failed = std::get_if<TransactionFailed>(&*step.result)) {
    return possible(failed->branch) && fails_as(operations(failed->branch), *failed);
  }
  const auto* result = std::get_if<TransactionResult>(&*step.result);
  return result != nullptr && possible(result->branch) && run_branch(operations(result->branch), result) && !failure_;
}

bool Model::apply(const Step& step, std::optional<Branch> branch) {
  if (!step.operation) return !step.answered() || step.call->answer->status == OperationStatus::malformed;
  if (step.answered() && !step.result) return false;
  const std::size_t before = mark();
  failure_.reset();
  const bool agrees = std::visit(
      [&]<typename T>(const T& one) {
        if constexpr (std::is_same_v<T, Transaction>) {
          return run_transaction(one, step, branch);
        } else {
          return run_single(SimpleOperation(one), step);
        }
      },
      *step.operation);
  // All or nothing: what failed has changed nothing.
  const bool failed_as_told = step.result && (std::holds_alternative<Failed>(*step.result) ||
                                              std::holds_alternative<TransactionFailed>(*step.result));
  if (!agrees || failure_ || failed_as_told) back_to(before);
  return agrees;
}

}  // namespace quorate::linearizability
