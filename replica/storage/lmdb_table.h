// The records of a transaction under one prefix, sealed, as a table (replica/service/table.h).
//
// Scans do not check seals: what is computed from them is compared with others' digests, and the check at start reads
// every seal. Failures are the transaction's.
#pragma once

#include "replica/service/table.h"
#include "replica/storage/lmdb_environment.h"

namespace quorate {

class LmdbTable final : public WritableTable {
 public:
  /// The transaction must outlive this object.
  LmdbTable(StoreTransaction& transaction, std::uint8_t prefix) : transaction_(transaction), prefix_(prefix) {}

  void scan(ByteView from, const Visit& visit) const override;
  std::optional<Bytes> floor(ByteView key) const override;
  void put(ByteView key, ByteView value) override;
  void erase(ByteView key) override;

 private:
  Bytes stored_key(ByteView key) const;

  StoreTransaction& transaction_;
  std::uint8_t prefix_;
};

}  // namespace quorate
