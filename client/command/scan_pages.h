// A range of keys read page by page. One page is a snapshot, several are not: between them others may write.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "client/command/asker.h"

namespace quorate::command {

struct Range {
  std::string from;                        // the first key; empty: the first there is
  std::string to;                          // the first key behind; empty: none
  std::uint64_t limit = ~std::uint64_t{};  // at most so many entries
};

/// The keys that begin with the prefix.
Range range_of(const std::string& prefix);
/// The keys in both.
Range operator&(const Range& left, const Range& right);

struct Scanned {
  Status status = Status::done;
  std::uint64_t pages = 0;
  bool snapshot() const { return pages <= 1; }
};

/// Hands the pages to `take`, each of at most `entries_max` (1 to scan_entries_max), until the range ends, something
/// goes wrong (which was printed) or `take` returns another status than done.
Scanned scan_pages(Asker& asker, Range range, std::uint32_t entries_max,
                   const std::function<Status(const Page&)>& take);

}  // namespace quorate::command
