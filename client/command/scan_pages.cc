#include "client/command/scan_pages.h"

#include <algorithm>

namespace quorate::command {

Range range_of(const std::string& prefix) {
  Range range;
  range.from = prefix;
  range.to = prefix;
  while (!range.to.empty() && static_cast<unsigned char>(range.to.back()) == 0xff) range.to.pop_back();
  if (!range.to.empty()) range.to.back() = static_cast<char>(static_cast<unsigned char>(range.to.back()) + 1);
  return range;
}

Range operator&(const Range& left, const Range& right) {
  Range both;
  both.from = std::max(left.from, right.from);
  both.to = left.to.empty() || right.to.empty() ? std::max(left.to, right.to) : std::min(left.to, right.to);
  both.limit = std::min(left.limit, right.limit);
  return both;
}

Scanned scan_pages(Asker& asker, Range range, std::uint32_t entries_max,
                   const std::function<Status(const Page&)>& take) {
  Scanned scanned;
  while (range.limit > 0) {
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(range.limit, entries_max));
    const auto answer = asker.ask(Scan{as_bytes(range.from), as_bytes(range.to), limit});
    if (!answer) {
      scanned.status = answer.error();
      return scanned;
    }
    const auto* page = std::get_if<Page>(&answer->result);
    if (page == nullptr) {
      scanned.status = fail(Status::usage, "the range cannot be scanned");
      return scanned;
    }
    ++scanned.pages;
    scanned.status = take(*page);
    if (scanned.status != Status::done || page->next.empty()) return scanned;
    range.limit -= page->entries.size();
    range.from = std::string(as_text(page->next));
  }
  return scanned;
}

}  // namespace quorate::command
