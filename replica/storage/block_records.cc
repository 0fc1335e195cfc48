#include "replica/storage/block_records.h"

#include "replica/storage/seal.h"

namespace quorate {
namespace {

// Big endian, so that LMDB sorts by n.
std::optional<SequenceNumber> number_in(ByteView key) {
  if (key.size() != 9 || key[0] != state_block_prefix) return std::nullopt;
  std::uint64_t n = 0;
  for (const std::uint8_t byte : key.subspan(1)) n = n << 8 | byte;
  return SequenceNumber(n);
}

}  // namespace

Bytes block_key(SequenceNumber n) {
  Bytes key{state_block_prefix};
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(n.value >> shift));
  return key;
}

Bytes encode_block(const Block& block) {
  ByteWriter out;
  out.raw(block.previous.bytes);
  out.raw(block.batch.bytes);
  out.raw(block.reply_root.bytes);
  out.u64(block.agreed_time.value);
  return seal(block_key(block.n), out.view());
}

std::optional<Block> decode_block(ByteView key, ByteView value) {
  const auto n = number_in(key);
  const auto payload = n ? unseal(key, value) : std::nullopt;
  if (!payload) return std::nullopt;
  ByteReader in(*payload);
  Block block;
  block.n = *n;
  block.previous.bytes = in.array<Digest::size>();
  block.batch.bytes = in.array<Digest::size>();
  block.reply_root.bytes = in.array<Digest::size>();
  block.agreed_time = WallTime(in.u64());
  if (!in.finished()) return std::nullopt;
  return block;
}

BlockRange BlockRecords::range() {
  Cursor cursor(transaction_);
  const auto first = cursor.seek(block_key(SequenceNumber()));
  const auto oldest = first ? number_in(first->key) : std::nullopt;
  if (!oldest) return {};
  const auto last = cursor.at_or_before(block_key(SequenceNumber(~std::uint64_t{})));
  return {*oldest, last ? number_in(last->key).value_or(*oldest) : *oldest};
}

std::vector<Block> BlockRecords::read(SequenceNumber first, std::uint64_t count) {
  std::vector<Block> blocks;
  Cursor cursor(transaction_);
  for (auto entry = cursor.seek(block_key(first)); entry && blocks.size() < count; entry = cursor.next()) {
    auto block = decode_block(entry->key, entry->value);
    if (!block || block->n - first >= count) break;
    blocks.push_back(*block);
  }
  return blocks;
}

void BlockRecords::put(std::span<const Block> blocks) {
  Cursor cursor(transaction_);
  for (const Block& block : blocks) cursor.put(block_key(block.n), encode_block(block));
}

void BlockRecords::trim(std::uint64_t blocks_max) {
  const BlockRange held = range();
  if (held.count() <= blocks_max) return;
  for (SequenceNumber n = held.oldest; n + blocks_max <= held.newest; ++n) transaction_.erase(block_key(n));
}

void BlockRecords::clear() { trim(0); }

}  // namespace quorate
