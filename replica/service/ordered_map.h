// The only storage that the key-value machine knows: an ordered map from byte strings to byte strings.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "replica/service/table.h"

namespace quorate {

class OrderedMap {
 public:
  virtual ~OrderedMap() = default;
  virtual std::optional<Bytes> get(ByteView key) const = 0;
  virtual void put(ByteView key, ByteView value) = 0;
  /// Nothing happens when the key is absent.
  virtual void erase(ByteView key) = 0;
  /// The first entry with a key ≥ `from`, in byte order.
  virtual std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) const = 0;
};

/// Orders byte strings as LMDB does: lexicographically by unsigned bytes, a prefix before its extensions.
struct ByteOrder {
  using is_transparent = void;
  bool operator()(ByteView a, ByteView b) const;
};

class MemoryMap final : public OrderedMap, public WritableTable {
 public:
  std::optional<Bytes> get(ByteView key) const override;
  void put(ByteView key, ByteView value) override;
  void erase(ByteView key) override;
  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) const override;
  void scan(ByteView from, const Visit& visit) const override;
  std::optional<Bytes> floor(ByteView key) const override;
  bool empty() const { return entries_.empty(); }

 private:
  std::map<Bytes, Bytes, ByteOrder> entries_;
};

}  // namespace quorate
