#include "replica/core/client_marks.h"

#include <algorithm>
#include <iterator>

namespace quorate {

ClientMarks::ClientMarks(std::uint64_t window, const std::vector<ClientMark>& marks) : size_(window) {
  for (const ClientMark& mark : marks) {
    windows_[mark.client].low = mark.low;
    for (const Timestamp t : mark.executed) executed(mark.client, t, t);
  }
}

void ClientMarks::executed(ClientId client, Timestamp first, Timestamp last) {
  Window& window = windows_[client];
  auto& ranges = window.executed;
  // Swallow every range that overlaps or touches the new one.
  auto next = ranges.upper_bound(first);
  if (next != ranges.begin() && std::prev(next)->second.value >= first.value - 1) --next;
  while (next != ranges.end() && next->first.value - 1 <= last.value) {
    first = std::min(first, next->first);
    last = std::max(last, next->second);
    next = ranges.erase(next);
  }
  ranges.emplace(first, last);
  if (last.value > size_) window.low = std::max(window.low, last - size_);
  while (!ranges.empty() && ranges.begin()->second <= window.low) ranges.erase(ranges.begin());
}

Timestamp ClientMarks::low(ClientId client) const {
  const auto found = windows_.find(client);
  return found == windows_.end() ? Timestamp() : found->second.low;
}

bool ClientMarks::touches(ClientId client, Timestamp first, Timestamp last) const {
  const auto found = windows_.find(client);
  if (found == windows_.end()) return false;
  const auto& [low, ranges] = found->second;
  if (first <= low) return true;
  const auto after = ranges.upper_bound(last);
  return after != ranges.begin() && std::prev(after)->second >= first;
}

}  // namespace quorate
