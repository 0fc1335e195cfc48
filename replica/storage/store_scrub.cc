#include "replica/storage/store_scrub.h"

#include <algorithm>

namespace quorate {
namespace {

constexpr std::uint8_t identity_prefix = 0;  // checked at the start; it never changes

}  // namespace

// A page that was written in another's place has sound records, under keys that a search looks for elsewhere.
Result<StoreScrub::Progress> StoreScrub::step(std::size_t bytes_max) {
  if (progress_.ended) progress_ = Progress();
  StoreTransaction transaction(environment_, StoreTransaction::Mode::read);
  Cursor cursor(transaction);
  std::size_t bytes = 0;
  Bytes last;
  auto entry = cursor.seek(last_);
  if (entry && std::ranges::equal(entry->key, last_)) entry = cursor.next();
  for (; entry && bytes < bytes_max; entry = cursor.next()) {
    const auto found = transaction.get(entry->key);
    if (!found || found->data() != entry->value.data())
      return tl::unexpected<Error>(environment_.damage("key " + to_hex(entry->key) + " is not in its place"));
    if (entry->key[0] != identity_prefix) {
      if (const auto wrong = check_record_(transaction, *entry))
        return tl::unexpected<Error>(environment_.damage(*wrong));
    }
    bytes += entry->key.size() + entry->value.size();
    ++progress_.records;
    last.assign(entry->key.begin(), entry->key.end());
  }
  if (const auto read = transaction.status(); !read) return tl::unexpected<Error>(read.error());
  progress_.bytes += bytes;
  progress_.ended = !entry;
  last_ = progress_.ended ? Bytes() : std::move(last);
  return progress_;
}

}  // namespace quorate
