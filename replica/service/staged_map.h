// Writes set aside above an ordered map: seen by reads through this object, by nobody else until they are applied.
//
// A transaction runs on one, so that a failure in its middle leaves nothing behind.
#pragma once

#include <map>

#include "replica/service/ordered_map.h"

namespace quorate {

class StagedMap final : public OrderedMap {
 public:
  /// The base must outlive this object and must not change under it.
  explicit StagedMap(OrderedMap& base);

  std::optional<Bytes> get(ByteView key) const override;
  void put(ByteView key, ByteView value) override;
  void erase(ByteView key) override;
  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) const override;

  /// Writes everything to the base, in key order. Call once, last.
  void apply();

 private:
  OrderedMap* base_;
  std::map<Bytes, std::optional<Bytes>, ByteOrder> writes_;  // nothing: erased
};

}  // namespace quorate
