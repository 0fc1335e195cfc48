// put, delete, add: each one transaction at most, but for delete --prefix.
#include <charconv>
#include <iostream>

#include "client/command/asker.h"
#include "client/command/json.h"
#include "client/command/line_reader.h"
#include "client/command/progress.h"
#include "client/command/scan_pages.h"
#include "client/command/words.h"

namespace quorate::command {
namespace {

/// Keys of one transaction of delete --prefix: with the longest keys it still fits.
constexpr std::uint32_t removed_at_once = 256;

/// The values, at every second place, of which one may stand on standard input.
Result<std::vector<std::string>> read_put_words(Encoding encoding, const std::vector<std::string>& words) {
  if (words.size() % 2 != 0) return failure("put takes KEY VALUE pairs; the last KEY '" + words.back() + "' has none");
  std::vector<std::string> read;
  bool input_used = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_value = i % 2 != 0;
    if (is_value && words[i] == "-") {
      if (input_used) return failure("only one VALUE can be '-', as standard input can be read once");
      input_used = true;
      auto value = read_whole("-");
      if (!value) return tl::unexpected(value.error());
      read.push_back(std::move(*value));
      continue;
    }
    auto bytes = read_word(encoding, is_value ? "VALUE" : "KEY", words[i]);
    if (!bytes) return tl::unexpected(bytes.error());
    read.push_back(std::move(*bytes));
  }
  return read;
}

Result<Version> read_version(const std::string& text) {
  Version version;
  const char* const end = text.data() + text.size();
  const auto n = std::from_chars(text.data(), end, version.n.value);
  if (n.ec == std::errc() && n.ptr != end && *n.ptr == ':') {
    const auto index = std::from_chars(n.ptr + 1, end, version.index);
    if (index.ec == std::errc() && index.ptr == end) return version;
  }
  return failure("--if-version '" + text + "' is no version; it is N:INDEX, as 'get --version' prints it");
}

/// The transaction's conditions, and gets of all keys for when they are not met. Errors: no version.
Result<void> add_conditions(Transaction& transaction, const std::vector<std::string>& keys, bool absent,
                            const std::string& version_text) {
  if (!version_text.empty()) {
    const auto version = read_version(version_text);
    if (!version) return tl::unexpected(version.error());
    if (keys.size() != 1) return failure("--if-version is the version of one KEY; for more use 'quorate txn'");
    transaction.conditions.emplace_back(VersionEquals{as_bytes(keys[0]), *version});
  }
  for (const std::string& key : keys) {
    if (absent) transaction.conditions.emplace_back(IsAbsent{as_bytes(key)});
    if (!transaction.conditions.empty()) transaction.otherwise.emplace_back(Get{as_bytes(key)});
  }
  return {};
}

/// Says which versions the keys have, if the cluster could tell.
Status not_met(const Target& target, const std::vector<std::string>& keys, const Answer& answer) {
  const auto* told = std::get_if<TransactionResult>(&answer.result);
  const std::vector<SimpleResult> results = told != nullptr ? told->results : std::vector<SimpleResult>();
  if (target.json) std::cout << json_of_not_met(keys, results, target.encoding) << '\n';
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto* found = std::get_if<Found>(&results[i]);
    if (found == nullptr && keys.size() > 1) continue;  // as --if-absent wants it
    const std::string key = "'" + encoded(target.encoding, keys[i]) + "' ";
    std::cerr << "quorate: " << key << (found != nullptr ? "has version " + text_of(found->version) : "is absent")
              << '\n';
  }
  return fail(Status::not_met, "the condition is not met; nothing was changed");
}

Version version_of(const Answer& answer) {
  if (const auto* transaction = std::get_if<TransactionResult>(&answer.result)) {
    return std::get<Written>(transaction->results.at(0)).version;
  }
  return std::get<Written>(answer.result).version;
}

/// Prints which were there.
Status report_removed(const Target& target, const std::vector<std::string>& keys,
                      const std::vector<SimpleResult>& results) {
  Status status = Status::done;
  std::vector<bool> existed;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    existed.push_back(std::get<Deleted>(results.at(i)).existed);
    if (!existed.back()) status = fail_absent(target, keys[i]);
  }
  if (target.json) std::cout << json_of_deleted(keys, existed, target.encoding) << '\n';
  return status;
}

Status remove_keys(const Target& target, const RemoveOptions& options) {
  const auto keys = read_words(target.encoding, "KEY", options.keys);
  if (!keys) return fail(Status::usage, keys.error().message);
  Transaction transaction;
  for (const std::string& key : *keys) transaction.then.emplace_back(Delete{as_bytes(key)});
  const auto added = add_conditions(transaction, *keys, false, options.if_version);
  if (!added) return fail(Status::usage, added.error().message);
  const auto answer = Asker(target).ask(transaction);
  if (!answer) return answer.error();
  if (answer->status != OperationStatus::done) return not_met(target, *keys, *answer);
  return report_removed(target, *keys, std::get<TransactionResult>(answer->result).results);
}

/// How many of these were still there.
tl::expected<std::uint64_t, Status> remove_page(Asker& asker, const Page& page) {
  Transaction transaction;
  for (const Page::Entry& entry : page.entries) transaction.then.emplace_back(Delete{entry.key});
  const auto answer = asker.ask(transaction);
  if (!answer) return tl::unexpected(answer.error());
  std::uint64_t removed = 0;
  for (const SimpleResult& result : std::get<TransactionResult>(answer->result).results) {
    if (std::get<Deleted>(result).existed) ++removed;
  }
  return removed;
}

Status remove_prefix(const Target& target, const std::string& word) {
  const auto prefix = read_word(target.encoding, "--prefix", word);
  if (!prefix) return fail(Status::usage, prefix.error().message);
  if (prefix->empty()) return fail(Status::usage, "--prefix is empty, which would delete all keys there are");
  Asker asker(target);
  std::uint64_t removed = 0;
  std::uint64_t transactions = 0;
  Scanned scanned;
  {
    Progress progress("keys deleted", 0);
    scanned = scan_pages(asker, range_of(*prefix), removed_at_once, [&](const Page& page) {
      if (page.entries.empty()) return Status::done;
      const auto gone = remove_page(asker, page);
      if (!gone) return gone.error();
      removed += *gone;
      ++transactions;
      progress.show(removed, 0);
      return Status::done;
    });
  }
  if (target.json) std::cout << json_of_deleted(removed, transactions, scanned.status == Status::done) << '\n';
  std::cerr << "quorate: " << removed << " keys deleted in " << transactions
            << " transactions; not one snapshot: keys written meanwhile may be left\n";
  return scanned.status;
}

}  // namespace

Status put(const Target& target, const PutOptions& options) {
  const auto words = read_put_words(target.encoding, options.words);
  if (!words) return fail(Status::usage, words.error().message);
  Transaction transaction;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < words->size(); i += 2) {
    keys.push_back((*words)[i]);
    transaction.then.emplace_back(Put{as_bytes((*words)[i]), as_bytes((*words)[i + 1])});
  }
  const auto added = add_conditions(transaction, keys, options.if_absent, options.if_version);
  if (!added) return fail(Status::usage, added.error().message);
  const bool plain = keys.size() == 1 && transaction.conditions.empty();
  const auto answer = Asker(target).ask(plain ? Operation(std::get<Put>(transaction.then[0])) : Operation(transaction));
  if (!answer) return answer.error();
  if (answer->status != OperationStatus::done) return not_met(target, keys, *answer);
  if (target.json) std::cout << json_of_put(version_of(*answer)) << '\n';
  return Status::done;
}

Status remove(const Target& target, const RemoveOptions& options) {
  if (options.prefix.has_value() == !options.keys.empty()) {
    return fail(Status::usage, "delete takes either KEYs or --prefix");
  }
  return options.prefix ? remove_prefix(target, *options.prefix) : remove_keys(target, options);
}

Status add(const Target& target, const std::string& word, std::int64_t delta) {
  const auto key = read_word(target.encoding, "KEY", word);
  if (!key) return fail(Status::usage, key.error().message);
  const auto answer = Asker(target).ask(Add{as_bytes(*key), delta});
  if (!answer) return answer.error();
  if (target.json) std::cout << json_of(answer->result, answer->status, target.encoding) << '\n';
  if (const auto* sum = std::get_if<Sum>(&answer->result)) {
    if (!target.json) std::cout << sum->value << '\n';
    return Status::done;
  }
  return fail(Status::not_met, "nothing was added: the value of '" + encoded(target.encoding, *key) +
                                   "' is no 64-bit integer in decimal, or the sum would not be one");
}

}  // namespace quorate::command
