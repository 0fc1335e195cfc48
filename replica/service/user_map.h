// The user's keys inside the replicated state: the only door to them, so that no read or scan ever sees the rest.
//
// A key lies under the prefix 'k' and its record is version ‖ value (README.md, "State layout"). What operations do
// with keys is in key_value.h.
#pragma once

#include "messages/operation_result.h"
#include "replica/service/ordered_map.h"

namespace quorate {

class UserMap {
 public:
  /// The map must outlive this object.
  explicit UserMap(OrderedMap& map);

  std::optional<Found> get(ByteView key) const;
  /// The entry with the smallest key ≥ `from`.
  std::optional<Page::Entry> next(ByteView from) const;
  void put(ByteView key, const Version& version, ByteView value);
  /// False when the key was absent.
  bool erase(ByteView key);

 private:
  OrderedMap* map_;
};

}  // namespace quorate
