// get, scan, export: what the cluster holds, and whether what was printed is one snapshot of it.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "client/command/asker.h"
#include "client/command/json.h"
#include "client/command/partial_file.h"
#include "client/command/progress.h"
#include "client/command/scan_pages.h"
#include "client/command/words.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

// --- get ---

/// Reads keys in as few transactions as hold them, and hands each result to `take` in the keys' order.
class Reader {
 public:
  Reader(Asker& asker, const std::vector<std::string>& keys) : asker_(asker), keys_(keys) {}

  template <typename Take>
  Status run(Take take) {
    for (std::size_t begin = 0; begin < keys_.size();) {
      const auto answer = asker_.ask(gets(begin));
      if (!answer) return answer.error();
      if (const auto* failed = std::get_if<TransactionFailed>(&answer->result)) {
        count_max_ = std::max<std::size_t>(1, failed->position);  // those before it fit
        continue;
      }
      const auto& results = std::get<TransactionResult>(answer->result).results;
      for (std::size_t i = 0; i < results.size(); ++i) take(keys_[begin + i], results[i]);
      begin += results.size();
      ++answered_;
      count_max_ = limits::transaction_parts_max;
    }
    return Status::done;
  }
  std::uint64_t answered() const { return answered_; }

 private:
  /// The next keys, as many as an operation holds.
  Transaction gets(std::size_t begin) const {
    Transaction transaction;
    std::size_t bytes = 16;
    for (std::size_t i = begin; i < keys_.size() && transaction.then.size() < count_max_; ++i) {
      bytes += 5 + keys_[i].size();
      if (i > begin && bytes > limits::operation_bytes_max) break;
      transaction.then.emplace_back(Get{as_bytes(keys_[i])});
    }
    return transaction;
  }

  Asker& asker_;
  const std::vector<std::string>& keys_;
  std::size_t count_max_ = limits::transaction_parts_max;
  std::uint64_t answered_ = 0;
};

/// Exact bytes; a terminal gets a line end more. In another encoding a line.
void print_value(const Target& target, std::string_view value) {
  if (target.encoding != Encoding::text) {
    std::cout << encoded(target.encoding, value) << '\n';
    return;
  }
  std::cout.write(value.data(), static_cast<std::streamsize>(value.size()));
  if (::isatty(STDOUT_FILENO) != 0) std::cout << '\n';
}

void print_found(const Target& target, const GetOptions& options, const std::string& key, const Found& found) {
  if (options.keys.size() == 1 && !options.version) return print_value(target, as_text(found.value));
  std::cout << encoded(target.encoding, key) << '\t';
  if (options.version) std::cout << text_of(found.version) << '\t';
  std::cout << encoded(target.encoding, as_text(found.value)) << '\n';
}

// --- scan ---

void print_entry(const Target& target, bool keys_only, const Page::Entry& entry) {
  if (target.json) {
    std::cout << json_of(entry, target.encoding, keys_only) << '\n';
    return;
  }
  std::cout << encoded(target.encoding, as_text(entry.key));
  if (!keys_only) std::cout << '\t' << encoded(target.encoding, as_text(entry.value));
  std::cout << '\n';
}

/// Nothing is worth asking for any more once it cannot be printed.
Status printed() { return std::cout ? Status::done : Status::usage; }

std::string not_one_snapshot(const Scanned& scanned) {
  return "not one snapshot: read in " + std::to_string(scanned.pages) + " pages, between which others may write";
}

Result<Range> read_range(const Target& target, const ScanOptions& options) {
  const auto prefix = read_word(target.encoding, "--prefix", options.prefix);
  if (!prefix) return tl::unexpected(prefix.error());
  auto from = read_word(target.encoding, "--from", options.from);
  if (!from) return tl::unexpected(from.error());
  auto to = read_word(target.encoding, "--to", options.to);
  if (!to) return tl::unexpected(to.error());
  return range_of(*prefix) & Range{std::move(*from), std::move(*to), options.limit};
}

// --- export ---

struct Exported {
  Scanned scanned;
  std::uint64_t keys = 0;
};

Exported export_lines(const Target& target, const std::string& prefix, std::ostream& out) {
  Exported exported;
  Asker asker(target);
  Progress progress("keys", 0);
  exported.scanned = scan_pages(asker, range_of(prefix), limits::scan_entries_max, [&](const Page& page) {
    for (const Page::Entry& entry : page.entries) {
      out << encoded(Encoding::text, as_text(entry.key)) << '\t' << encoded(Encoding::text, as_text(entry.value))
          << '\n';
    }
    exported.keys += page.entries.size();
    progress.show(exported.keys, 0);
    return out ? Status::done : Status::usage;
  });
  return exported;
}

Status export_to_file(const Target& target, const std::string& name, const std::string& prefix, Exported& exported) {
  auto file = PartialFile::open(name);
  if (!file) return fail(Status::usage, file.error().message);
  exported = export_lines(target, prefix, (*file)->stream());
  if (exported.scanned.status != Status::done && (*file)->stream()) return exported.scanned.status;
  if (const auto whole = (*file)->commit(); !whole) return fail(Status::usage, whole.error().message);
  return Status::done;
}

}  // namespace

Status get(const Target& target, const GetOptions& options) {
  const auto keys = read_words(target.encoding, "KEY", options.keys);
  if (!keys) return fail(Status::usage, keys.error().message);
  Asker asker(target);
  Reader reader(asker, *keys);
  Status found_all = Status::done;
  const Status read = reader.run([&](const std::string& key, const SimpleResult& result) {
    const auto* found = std::get_if<Found>(&result);
    if (target.json) {
      std::cout << json_of_get(key, found, target.encoding) << '\n';
    } else if (found != nullptr) {
      print_found(target, options, key, *found);
    }
    if (found == nullptr) found_all = fail_absent(target, key);
  });
  if (read != Status::done) return read;
  const Scanned scanned{read, reader.answered()};
  if (target.json && keys->size() > 1) std::cout << json_of_pages(scanned.pages, scanned.snapshot()) << '\n';
  if (!scanned.snapshot()) std::cerr << "quorate: " << not_one_snapshot(scanned) << '\n';
  return found_all;
}

Status scan(const Target& target, const ScanOptions& options) {
  const auto range = read_range(target, options);
  if (!range) return fail(Status::usage, range.error().message);
  Asker asker(target);
  const Scanned scanned = scan_pages(asker, *range, limits::scan_entries_max, [&](const Page& page) {
    for (const Page::Entry& entry : page.entries) print_entry(target, options.keys_only, entry);
    return printed();
  });
  if (scanned.status != Status::done) return scanned.status;
  if (target.json) std::cout << json_of_pages(scanned.pages, scanned.snapshot()) << '\n';
  if (!scanned.snapshot()) std::cerr << "quorate: " << not_one_snapshot(scanned) << '\n';
  return Status::done;
}

Status export_to(const Target& target, const std::string& file, const std::string& prefix) {
  Exported exported;
  Status status = Status::done;
  if (file == "-") {
    exported = export_lines(target, prefix, std::cout);
    status = exported.scanned.status;
  } else {
    status = export_to_file(target, file, prefix, exported);
  }
  if (status != Status::done) return status;
  if (target.json) {
    (file == "-" ? std::cerr : std::cout)
        << json_of_export(exported.keys, exported.scanned.pages, exported.scanned.snapshot()) << '\n';
  } else {
    std::cerr << "quorate: " << exported.keys << " keys exported\n";
    if (!exported.scanned.snapshot()) std::cerr << "quorate: " << not_one_snapshot(exported.scanned) << '\n';
  }
  return status;
}

}  // namespace quorate::command
