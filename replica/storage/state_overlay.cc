#include "replica/storage/state_overlay.h"

#include <algorithm>

#include "crypto/checksum.h"
#include "crypto/random.h"

namespace quorate {
namespace {

constexpr std::size_t sorted_at_once = 1024;
constexpr std::size_t cleared_at_once = 64;

}  // namespace

std::size_t StateStore::Overlay::Hash::operator()(ByteView key) const {
  static const std::uint64_t secret = random_u64();
  return checksum_of(key, secret);
}

bool StateStore::Overlay::Same::operator()(ByteView a, ByteView b) const { return std::ranges::equal(a, b); }

void StateStore::Overlay::write(ByteView key, Value value) {
  if (const auto at = entries_.find(key); at != entries_.end()) {
    at->second = std::move(value);
    return;
  }
  const auto [at, added] = entries_.emplace(Bytes(key.begin(), key.end()), std::move(value));
  not_indexed_.push_back(&*at);
}

void StateStore::Overlay::clear(const Pause& pause) {
  index_.clear();
  not_indexed_.clear();
  while (!entries_.empty()) {
    if (pause && entries_.size() % cleared_at_once == 0) pause();
    entries_.erase(entries_.begin());
  }
}

const StateStore::Overlay::Value* StateStore::Overlay::find(ByteView key) const {
  const auto at = entries_.find(key);
  return at == entries_.end() ? nullptr : &at->second;
}

std::vector<const StateStore::Overlay::Entry*> StateStore::Overlay::in_key_order(const Pause& pause) const {
  std::vector<const Entry*> ordered;
  ordered.reserve(entries_.size());
  for (const Entry& entry : entries_) ordered.push_back(&entry);
  const auto at = [&](std::size_t i) {
    return ordered.begin() + static_cast<std::ptrdiff_t>(std::min(i, ordered.size()));
  };
  for (std::size_t i = 0; i < ordered.size(); i += sorted_at_once) {
    if (pause) pause();
    std::sort(at(i), at(i + sorted_at_once), Before());
  }
  for (std::size_t width = sorted_at_once; width < ordered.size(); width *= 2) {
    for (std::size_t i = 0; i + width < ordered.size(); i += 2 * width) {
      if (pause) pause();
      std::inplace_merge(at(i), at(i + width), at(i + 2 * width), Before());
    }
  }
  return ordered;
}

const StateStore::Overlay::Index& StateStore::Overlay::index() const {
  index_.insert(not_indexed_.begin(), not_indexed_.end());
  not_indexed_.clear();
  return index_;
}

}  // namespace quorate
