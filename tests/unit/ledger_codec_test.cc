// Questions about the ledger and their answers on the wire: what was meant is read, and what a liar writes is refused
// for its reason.
#include <doctest/doctest.h>

#include "messages/codec.h"
#include "messages/ledger.h"
#include "messages/limits.h"
#include "tests/support/ledger_rig.h"

namespace quorate {
namespace {

using testing::digest_filled;
using testing::LedgerRig;
using testing::SampleCluster;

std::vector<LedgerEntry> entries_of(std::size_t count) {
  std::vector<LedgerEntry> entries;
  Digest previous = digest_filled(1);
  for (std::size_t i = 0; i < count; ++i) {
    const Block block{SequenceNumber(7 + i), previous, null_digest(), digest_filled(2), WallTime(i)};
    previous = block.digest();
    entries.push_back({block, std::nullopt, nullptr});
  }
  return entries;
}

BlockRun run_of(std::size_t count) {
  BlockRun run{SequenceNumber(6 + count), {}};
  for (const LedgerEntry& entry : entries_of(count)) run.blocks.push_back(entry.block);
  return run;
}

std::optional<Reject> refusal_of_entries(const Bytes& encoded) {
  auto parsed = parse_entries(encoded);
  if (parsed) return std::nullopt;
  return parsed.error();
}

/// The head of an encoding of entries: their number, the first one's n, and its link.
ByteWriter head(std::uint32_t count, std::uint64_t first) {
  ByteWriter out;
  out.u32(count);
  out.u64(first);
  out.raw(digest_filled(1).bytes);
  return out;
}

void write_content(ByteWriter& out) {
  out.raw(digest_filled(2).bytes);
  out.raw(digest_filled(3).bytes);
  out.u64(4);
}

}  // namespace

TEST_CASE("ledger codec: entries with all their parts, and links that follow from what is before them") {
  const LedgerRig rig(9, 0);
  const LedgerAnswer answer = rig.answer(ReplicaId(1), SequenceNumber(3), 5, {true, true, false});
  REQUIRE(answer.entries.size() == 5);
  const auto parsed = parse_entries(encode_entries(answer.entries));
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((*parsed)[i].block == rig.blocks()[i + 2]);
    CHECK((*parsed)[i].certificate->commits == rig.marks()[i + 2].certificate.commits);
    CHECK((*parsed)[i].certificate->digest == rig.blocks()[i + 2].batch);
    CHECK(((*parsed)[i].batch != nullptr) == (i % 2 == 0));
  }
  CHECK(parse_entries(encode_entries({}))->empty());
}

TEST_CASE("ledger codec: limits of entries, runs and questions") {
  CHECK(parse_entries(encode_entries(entries_of(limits::ledger_blocks_max))).has_value());
  CHECK(refusal_of_entries(encode_entries(entries_of(limits::ledger_blocks_max + 1))) == Reject::too_many_elements);
  const BlockRun run = run_of(limits::block_run_max);
  CHECK(parse_run(run.last, encode_run(run))->blocks == run.blocks);
  const BlockRun longer = run_of(limits::block_run_max + 1);
  CHECK(parse_run(longer.last, encode_run(longer)).error() == Reject::too_many_elements);
  LedgerQuery query;
  query.count = limits::ledger_blocks_max;
  CHECK(decode(encode(query)).has_value());
  ++query.count;
  CHECK(decode(encode(query)).error() == Reject::too_many_elements);
  BlockFetch fetch;
  fetch.count = limits::block_run_max;
  CHECK(decode(encode(fetch)).has_value());
  ++fetch.count;
  CHECK(decode(encode(fetch)).error() == Reject::too_many_elements);
}

TEST_CASE("ledger codec: what is wanted is three bits") {
  for (std::uint8_t bits = 0; bits < 8; ++bits) CHECK(encode_wants(parse_wants(bits).value()) == bits);
  CHECK_FALSE(parse_wants(8).has_value());
}

TEST_CASE("ledger codec: limits of a checkpoint's proof") {
  const auto refusal = [](std::size_t levels, std::size_t bytes) -> std::optional<Reject> {
    LedgerCheckpoint checkpoint;
    checkpoint.state.group = Bytes(bytes, 1);
    checkpoint.state.levels.assign(levels, Bytes(levels == 1 ? bytes : 3, 2));
    auto parsed = parse_checkpoint(encode_checkpoint(checkpoint));
    if (!parsed) return parsed.error();
    CHECK(parsed->state.levels == checkpoint.state.levels);
    return std::nullopt;
  };
  CHECK_FALSE(refusal(limits::state_proof_levels_max, 4).has_value());
  CHECK(refusal(limits::state_proof_levels_max + 1, 4) == Reject::too_many_elements);
  CHECK_FALSE(refusal(0, limits::state_proof_bytes_max).has_value());
  CHECK(refusal(0, limits::state_proof_bytes_max + 1) == Reject::malformed_encoding);
  CHECK(refusal(1, limits::state_proof_bytes_max + 1) == Reject::malformed_encoding);
}

TEST_CASE("ledger codec: slots are counted from 1 and end at 64 bits") {
  for (const std::uint64_t first : {std::uint64_t{0}, ~std::uint64_t{}}) {
    ByteWriter out = head(2, first);
    for (int i = 0; i < 2; ++i) {
      write_content(out);
      out.u8(0);
    }
    CHECK(refusal_of_entries(out.take()) == Reject::malformed_encoding);
  }
  const BlockRun run = run_of(9);
  CHECK(parse_run(SequenceNumber(9), encode_run(run)).has_value());
  CHECK(parse_run(SequenceNumber(8), encode_run(run)).error() == Reject::malformed_encoding);
}

TEST_CASE("ledger codec: parts that are none, bodies that are none, and bytes behind the last") {
  ByteWriter unknown_part = head(1, 5);
  write_content(unknown_part);
  unknown_part.u8(4);
  CHECK(refusal_of_entries(unknown_part.take()) == Reject::malformed_encoding);
  ByteWriter wrong_body = head(1, 5);
  write_content(wrong_body);
  wrong_body.u8(2);
  wrong_body.prefixed(Bytes(20, 0));
  CHECK(refusal_of_entries(wrong_body.take()) == Reject::malformed_batch);
  ByteWriter huge_body = head(1, 5);
  write_content(huge_body);
  huge_body.u8(2);
  huge_body.u32(limits::batch_bytes_max + 1);
  CHECK(refusal_of_entries(huge_body.take()) == Reject::malformed_encoding);
  ByteWriter many_signers = head(1, 5);
  write_content(many_signers);
  many_signers.u8(1);
  many_signers.u64(0);
  many_signers.u32(65);
  many_signers.raw(Bytes(65 * 68, 0));
  CHECK(refusal_of_entries(many_signers.take()) == Reject::malformed_encoding);
  for (const Bytes& good : {encode_entries(entries_of(3)), encode_run(run_of(3)),
                            encode_checkpoint(LedgerCheckpoint{{SequenceNumber(8), {}, {}}, {{1}, {{2}}}})}) {
    Bytes longer = good;
    longer.push_back(0);
    for (const Bytes& bad : {longer, Bytes(good.begin(), good.end() - 1)}) {
      CHECK_FALSE(parse_entries(bad).has_value());
      CHECK_FALSE(parse_run(SequenceNumber(9), bad).has_value());
      CHECK_FALSE(parse_checkpoint(bad).has_value());
    }
  }
}

TEST_CASE("ledger codec: an answer is what a replica holds, in order and as far as it fits") {
  const LedgerRig rig(9, 0);
  const auto answer = [&](std::uint64_t first, std::uint32_t count, LedgerWants wants) {
    return rig.answer(ReplicaId(1), SequenceNumber(first), count, wants);
  };
  const LedgerAnswer bare = answer(8, 5, {});
  REQUIRE(bare.entries.size() == 2);  // 8 and 9
  CHECK_FALSE(bare.entries[0].certificate.has_value());
  CHECK(bare.entries[1].batch == nullptr);
  CHECK(bare.head_n == SequenceNumber(9));
  CHECK(bare.head == rig.blocks().back().digest());
  CHECK(bare.oldest == SequenceNumber(1));
  CHECK(bare.newest == SequenceNumber(9));
  CHECK(answer(4, 0, {}).head_n == SequenceNumber(4));
  CHECK(answer(4, 0, {}).entries.empty());
  CHECK(answer(10, 1, {}).head_n == SequenceNumber(0));
  CHECK(answer(10, 1, {}).entries.empty());
}

}  // namespace quorate
