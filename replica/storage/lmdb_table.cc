#include "replica/storage/lmdb_table.h"

#include "replica/storage/seal.h"

namespace quorate {

Bytes LmdbTable::stored_key(ByteView key) const {
  Bytes stored;
  stored.reserve(key.size() + 1);
  stored.push_back(prefix_);
  stored.insert(stored.end(), key.begin(), key.end());
  return stored;
}

void LmdbTable::scan(ByteView from, const Visit& visit) const {
  Cursor cursor(transaction_);
  for (auto entry = cursor.seek(stored_key(from)); entry && entry->key[0] == prefix_; entry = cursor.next()) {
    if (entry->value.size() < seal_bytes) return;
    if (!visit(entry->key.subspan(1), entry->value.first(entry->value.size() - seal_bytes))) return;
  }
}

std::optional<Bytes> LmdbTable::floor(ByteView key) const {
  Cursor cursor(transaction_);
  const auto entry = cursor.at_or_before(stored_key(key));
  if (!entry || entry->key.empty() || entry->key[0] != prefix_) return std::nullopt;
  return Bytes(entry->key.begin() + 1, entry->key.end());
}

void LmdbTable::put(ByteView key, ByteView value) {
  const Bytes stored = stored_key(key);
  transaction_.put(stored, seal(stored, value));
}

void LmdbTable::erase(ByteView key) { transaction_.erase(stored_key(key)); }

}  // namespace quorate
