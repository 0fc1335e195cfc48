#include "replica/service/user_map.h"

#include "crypto/check.h"
#include "replica/service/state_layout.h"

namespace quorate {
namespace {

constexpr std::size_t version_bytes = 8 + 4;

Found parse_record(Bytes record) {
  ByteReader in(record);
  Found found;
  found.version.n = SequenceNumber(in.u64());
  found.version.index = in.u32();
  check(!in.failed(), "a user's record begins with its version");
  record.erase(record.begin(), record.begin() + version_bytes);
  found.value = std::move(record);
  return found;
}

}  // namespace

UserMap::UserMap(OrderedMap& map) : map_(&map) {}

std::optional<Found> UserMap::get(ByteView key) const {
  auto record = map_->get(state_layout::user_key(key));
  if (!record) return std::nullopt;
  return parse_record(std::move(*record));
}

std::optional<Page::Entry> UserMap::next(ByteView from) const {
  auto entry = map_->lower_bound(state_layout::user_key(from));
  if (!entry || entry->first[0] != state_layout::user_prefix) return std::nullopt;
  Found found = parse_record(std::move(entry->second));
  entry->first.erase(entry->first.begin());
  return Page::Entry{std::move(entry->first), found.version, std::move(found.value)};
}

void UserMap::put(ByteView key, const Version& version, ByteView value) {
  ByteWriter record;
  record.reserve(version_bytes + value.size());
  record.u64(version.n.value);
  record.u32(version.index);
  record.raw(value);
  map_->put(state_layout::user_key(key), record.view());
}

bool UserMap::erase(ByteView key) {
  const Bytes full_key = state_layout::user_key(key);
  if (!map_->get(full_key)) return false;
  map_->erase(full_key);
  return true;
}

}  // namespace quorate
