// A bounded set of digests that forgets the one that was not asked for for longest.
#pragma once

#include <cstddef>
#include <list>
#include <map>

#include "crypto/digest.h"

namespace quorate {

class RecentDigests {
 public:
  explicit RecentDigests(std::size_t entries_max) : entries_max_(entries_max) {}

  /// Whether it is there; it is the newest then.
  bool has(const Digest& digest);
  /// Requires that it is not there. Nothing is kept where the bound is 0.
  void add(const Digest& digest);

 private:
  std::size_t entries_max_;
  std::list<Digest> order_;  // the oldest first
  std::map<Digest, std::list<Digest>::iterator> places_;
};

}  // namespace quorate
