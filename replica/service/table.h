// Entries in key order, seen without copying: what the state's tree is computed over, in memory or in LMDB.
#pragma once

#include <functional>
#include <optional>

#include "crypto/bytes.h"

namespace quorate {

class Table {
 public:
  /// False ends the scan. The views are valid during the call.
  using Visit = std::function<bool(ByteView key, ByteView value)>;

  virtual ~Table() = default;
  /// Visits the entries with a key ≥ `from`, ascending by bytes.
  virtual void scan(ByteView from, const Visit& visit) const = 0;
  /// The greatest key ≤ `key`.
  virtual std::optional<Bytes> floor(ByteView key) const = 0;
};

class WritableTable : public Table {
 public:
  virtual void put(ByteView key, ByteView value) = 0;
  /// Nothing happens when the key is absent.
  virtual void erase(ByteView key) = 0;
};

}  // namespace quorate
