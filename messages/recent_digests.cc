#include "messages/recent_digests.h"

#include <iterator>

namespace quorate {

bool RecentDigests::has(const Digest& digest) {
  const auto found = places_.find(digest);
  if (found == places_.end()) return false;
  order_.splice(order_.end(), order_, found->second);
  return true;
}

void RecentDigests::add(const Digest& digest) {
  if (entries_max_ == 0) return;
  if (places_.size() >= entries_max_) {
    places_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(digest);
  places_.emplace(digest, std::prev(order_.end()));
}

}  // namespace quorate
