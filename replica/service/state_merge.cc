#include "replica/service/state_merge.h"

#include <algorithm>
#include <map>

#include "replica/service/ordered_map.h"
#include "replica/service/state_contents.h"

namespace quorate::state_merge {

using state_tree::Entry;
using state_tree::Node;

bool in_order(const std::vector<Node>& children, ByteView first, const std::optional<Bytes>& next) {
  if (children.empty() || !std::ranges::equal(children.front().first, first)) return false;
  for (std::size_t i = 1; i < children.size(); ++i)
    if (!ByteOrder()(children[i - 1].first, children[i].first)) return false;
  return !next || ByteOrder()(children.back().first, *next);
}

bool in_order(const std::vector<Entry>& entries, ByteView first, const std::optional<Bytes>& next) {
  if (entries.empty()) return true;
  if (ByteOrder()(entries.front().first, first)) return false;
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (!ByteOrder()(entries[i - 1].first, entries[i].first)) return false;
  return !next || ByteOrder()(entries.back().first, *next);
}

std::optional<std::vector<Entry>> merged(const std::vector<Bytes>& digests, ByteView selected,
                                         std::vector<Entry> fetched, const std::vector<Entry>& ours) {
  std::map<Bytes, const Entry*> by_digest;
  for (const Entry& entry : ours) by_digest.emplace(state_tree::short_digest(entry.first, entry.second), &entry);
  std::vector<Entry> group;
  auto next = fetched.begin();
  for (std::size_t i = 0; i < digests.size(); ++i) {
    if (state_contents::selects(selected, i)) {
      if (next == fetched.end()) return std::nullopt;
      group.push_back(std::move(*next++));
    } else {
      const auto own = by_digest.find(digests[i]);
      if (own == by_digest.end()) return std::nullopt;
      group.push_back(*own->second);
    }
  }
  if (next != fetched.end()) return std::nullopt;
  return group;
}

}  // namespace quorate::state_merge
