#include "replica/service/ordered_map.h"

#include <algorithm>
#include <iterator>

namespace quorate {

bool ByteOrder::operator()(ByteView a, ByteView b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

std::optional<Bytes> MemoryMap::get(ByteView key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

void MemoryMap::put(ByteView key, ByteView value) {
  entries_.insert_or_assign(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
}

void MemoryMap::erase(ByteView key) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) entries_.erase(found);
}

std::optional<std::pair<Bytes, Bytes>> MemoryMap::lower_bound(ByteView from) const {
  const auto found = entries_.lower_bound(from);
  if (found == entries_.end()) return std::nullopt;
  return *found;
}

void MemoryMap::scan(ByteView from, const Visit& visit) const {
  for (auto at = entries_.lower_bound(from); at != entries_.end(); ++at)
    if (!visit(at->first, at->second)) return;
}

std::optional<Bytes> MemoryMap::floor(ByteView key) const {
  const auto above = entries_.upper_bound(key);
  if (above == entries_.begin()) return std::nullopt;
  return std::prev(above)->first;
}

}  // namespace quorate
