#include "replica/storage/state_records.h"

#include "replica/storage/block_records.h"
#include "replica/storage/seal.h"

namespace quorate {

Bytes durable_state_key() { return {1}; }

Bytes encode_durable_state(const DurableState& state) {
  ByteWriter writer;
  writer.u64(state.n.value);
  writer.raw(state.root.bytes);
  writer.u8(state.whole ? 1 : 0);
  return seal(durable_state_key(), writer.view());
}

std::optional<DurableState> decode_durable_state(ByteView value) {
  const auto payload = unseal(durable_state_key(), value);
  if (!payload) return std::nullopt;
  ByteReader reader(*payload);
  DurableState state;
  state.n = SequenceNumber(reader.u64());
  state.root.bytes = reader.array<Digest::size>();
  const std::uint8_t whole = reader.u8();
  if (!reader.finished() || whole > 1) return std::nullopt;
  state.whole = whole == 1;
  return state;
}

Result<DurableState> read_durable_state(const LmdbEnvironment& environment, StoreTransaction& transaction) {
  const auto value = transaction.get(durable_state_key());
  if (auto read = transaction.status(); !read) return tl::unexpected<Error>(read.error());
  const auto state = value ? decode_durable_state(*value) : std::nullopt;
  if (!state) return tl::unexpected<Error>(environment.damage("the number of its slot is missing or wrong"));
  return *state;
}

std::optional<std::string> check_state_record(StoreTransaction&, const Cursor::Entry& entry) {
  bool sound = false;
  if (entry.key.size() == 1 && entry.key[0] == durable_state_key()[0]) {
    sound = decode_durable_state(entry.value).has_value();
  } else if (entry.key[0] == state_entry_prefix) {
    sound = unseal(entry.key, entry.value).has_value();
  } else if (entry.key[0] == state_node_prefix) {
    const auto digest = unseal(entry.key, entry.value);
    sound = digest && digest->size() == Digest::size;
  } else if (entry.key[0] == state_block_prefix) {
    sound = decode_block(entry.key, entry.value).has_value();
  } else {
    return "a record of unknown kind";
  }
  if (sound) return std::nullopt;
  return "the value of key " + to_hex(entry.key) + ": checksum or layout is wrong";
}

}  // namespace quorate
