// put, get, delete, add, scan, txn: one operation, or a scan's pages, and its answer as text.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "client/command/json.h"
#include "client/command/session.h"
#include "client/command/text.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

/// Opens a session, runs one operation and hands its answer to `print`, unless something went wrong before.
template <typename Print>
Status with_answer(const Target& target, const Operation& operation, Print print) {
  auto session = Session::open(target);
  if (!session) return fail(Status::usage, session.error().message);
  auto answer = (*session)->execute(operation);
  if (!answer) return fail(Status::usage, answer.error().message);
  if (answer->error != ClientError::none) return fail(target, (*session)->client(), *answer);
  if (target.json) std::cout << json_of(answer->result, answer->status) << '\n';
  return print(*answer);
}

/// Exact bytes; a terminal gets a line end more.
void print_value(const Bytes& value) {
  std::cout.write(as_text(value).data(), static_cast<std::streamsize>(value.size()));
  if (::isatty(STDOUT_FILENO) != 0) std::cout << '\n';
}

Status read_all(const std::string& file, std::string& text) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  if (!in) return fail(Status::usage, file + ": cannot be read");
  text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  return Status::done;
}

/// The first key behind all that begin with the prefix; empty when there is none.
std::string behind(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace

Status put(const Target& target, const std::string& key, const std::string& value) {
  return with_answer(target, Put{as_bytes(key), as_bytes(value)}, [](const Answer&) { return Status::done; });
}

Status get(const Target& target, const std::string& key) {
  return with_answer(target, Get{as_bytes(key)}, [&](const Answer& answer) {
    const auto* found = std::get_if<Found>(&answer.result);
    if (found != nullptr && !target.json) print_value(found->value);
    return found != nullptr ? Status::done : Status::not_met;
  });
}

Status remove(const Target& target, const std::string& key) {
  return with_answer(target, Delete{as_bytes(key)}, [](const Answer& answer) {
    const auto* deleted = std::get_if<Deleted>(&answer.result);
    return deleted != nullptr && deleted->existed ? Status::done : Status::not_met;
  });
}

Status add(const Target& target, const std::string& key, std::int64_t delta) {
  return with_answer(target, Add{as_bytes(key), delta}, [&](const Answer& answer) {
    if (const auto* sum = std::get_if<Sum>(&answer.result)) {
      if (!target.json) std::cout << sum->value << '\n';
      return Status::done;
    }
    return fail(Status::not_met, "nothing was added: the value of '" + escaped(key) +
                                     "' is no 64-bit integer in decimal, or the sum would not be one");
  });
}

Status scan(const Target& target, const ScanOptions& options) {
  auto session = Session::open(target);
  if (!session) return fail(Status::usage, session.error().message);
  std::string from = std::max(options.from, options.prefix);
  std::string to = options.to;
  if (const std::string end = behind(options.prefix); !end.empty() && (to.empty() || end < to)) to = end;
  std::uint64_t left = options.limit == 0 ? ~std::uint64_t{0} : options.limit;
  while (left > 0) {
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, limits::scan_entries_max));
    const auto answer = (*session)->execute(Scan{as_bytes(from), as_bytes(to), limit});
    if (!answer) return fail(Status::usage, answer.error().message);
    if (answer->error != ClientError::none) return fail(target, (*session)->client(), *answer);
    const auto* page = std::get_if<Page>(&answer->result);
    if (page == nullptr) return fail(Status::usage, "the range cannot be scanned");
    for (const Page::Entry& entry : page->entries) {
      if (target.json) {
        std::cout << json_of(entry) << '\n';
      } else {
        std::cout << escaped(as_text(entry.key)) << '\t' << escaped(as_text(entry.value)) << '\n';
      }
    }
    left -= page->entries.size();
    if (page->next.empty()) break;
    from = std::string(as_text(page->next));
  }
  return Status::done;
}

Status transact(const Target& target, const std::string& file) {
  std::string text;
  if (const Status read = read_all(file, text); read != Status::done) return read;
  const auto parsed = parse_transaction(text);
  if (!parsed) return fail(Status::usage, file + ": " + parsed.error().message);
  return with_answer(target, parsed->transaction, [&](const Answer& answer) {
    if (!target.json) std::cout << json_of(answer.result, answer.status) << '\n';
    if (answer.status == OperationStatus::failed) return fail(Status::not_met, "nothing was changed");
    return answer.status == OperationStatus::done ? Status::done : Status::not_met;
  });
}

}  // namespace quorate::command
