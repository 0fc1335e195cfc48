#include "replica/service/ordered_map.h"

#include <algorithm>

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

}  // namespace quorate
