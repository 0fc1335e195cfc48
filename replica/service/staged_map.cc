#include "replica/service/staged_map.h"

namespace quorate {

StagedMap::StagedMap(OrderedMap& base) : base_(&base) {}

std::optional<Bytes> StagedMap::get(ByteView key) const {
  const auto staged = writes_.find(key);
  return staged == writes_.end() ? base_->get(key) : staged->second;
}

void StagedMap::put(ByteView key, ByteView value) {
  writes_.insert_or_assign(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
}

void StagedMap::erase(ByteView key) { writes_.insert_or_assign(Bytes(key.begin(), key.end()), std::nullopt); }

std::optional<std::pair<Bytes, Bytes>> StagedMap::lower_bound(ByteView from) const {
  auto staged = writes_.lower_bound(from);
  auto below = base_->lower_bound(from);
  for (;;) {
    // The smaller key is next; at equal keys the staged write hides the entry below it.
    const bool staged_first = staged != writes_.end() && (!below || !ByteOrder()(below->first, staged->first));
    if (!staged_first) return below;
    if (staged->second) return std::pair(staged->first, *staged->second);
    if (below && below->first == staged->first) {
      Bytes after = below->first;
      after.push_back(0);  // the smallest key that is larger
      below = base_->lower_bound(after);
    }
    ++staged;
  }
}

void StagedMap::apply() {
  for (const auto& [key, value] : writes_) {
    if (value) {
      base_->put(key, *value);
    } else {
      base_->erase(key);
    }
  }
}

}  // namespace quorate
