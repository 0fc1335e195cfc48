#include "messages/ledger.h"

#include <utility>

#include "messages/limits.h"

namespace quorate {
namespace {

constexpr std::uint8_t has_certificate = 1;
constexpr std::uint8_t has_body = 2;
constexpr std::uint8_t wants_all = 7;

Digest read_digest(ByteReader& in) { return Digest{in.array<Digest::size>()}; }

Bytes read_bytes(ByteReader& in, std::size_t bytes_max) {
  const ByteView view = in.prefixed(bytes_max);
  return {view.begin(), view.end()};
}

void write_content(ByteWriter& out, const Block& block) {
  out.raw(block.batch.bytes);
  out.raw(block.reply_root.bytes);
  out.u64(block.agreed_time.value);
}

/// The block behind `before`, whose n and digest are known.
Block read_content(ByteReader& in, SequenceNumber n, const Digest& previous) {
  Block block;
  block.n = n;
  block.previous = previous;
  block.batch = read_digest(in);
  block.reply_root = read_digest(in);
  block.agreed_time = WallTime(in.u64());
  return block;
}

/// True when n, n + 1, … n + count − 1 are slots: from 1 on, without overflow.
bool slots(SequenceNumber first, std::uint32_t count) { return first.value >= 1 && first.value + count > first.value; }

}  // namespace

std::uint8_t encode_wants(LedgerWants wants) {
  return static_cast<std::uint8_t>((wants.certificates ? 1 : 0) | (wants.bodies ? 2 : 0) | (wants.checkpoint ? 4 : 0));
}

std::optional<LedgerWants> parse_wants(std::uint8_t bits) {
  if (bits > wants_all) return std::nullopt;
  return LedgerWants{(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0};
}

Bytes encode_entries(const std::vector<LedgerEntry>& entries) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(entries.size()));
  if (!entries.empty()) {
    out.u64(entries.front().block.n.value);
    out.raw(entries.front().block.previous.bytes);
  }
  for (const LedgerEntry& entry : entries) {
    write_content(out, entry.block);
    out.u8(static_cast<std::uint8_t>((entry.certificate ? has_certificate : 0) | (entry.batch ? has_body : 0)));
    if (entry.certificate) {
      out.u64(entry.certificate->view.value);
      write_parts(out, entry.certificate->commits);
    }
    if (entry.batch) out.prefixed(entry.batch->body());
  }
  return out.take();
}

tl::expected<std::vector<LedgerEntry>, Reject> parse_entries(ByteView encoded) {
  ByteReader in(encoded);
  const std::uint32_t count = in.u32();
  if (count > limits::ledger_blocks_max) return tl::unexpected(Reject::too_many_elements);
  std::vector<LedgerEntry> entries;
  SequenceNumber n;
  Digest previous;
  if (count != 0) {
    n = SequenceNumber(in.u64());
    previous = read_digest(in);
    if (!slots(n, count)) in.fail();
  }
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i, ++n) {
    LedgerEntry entry{read_content(in, n, previous), std::nullopt, nullptr};
    previous = entry.block.digest();
    const std::uint8_t parts = in.u8();
    if (parts > (has_certificate | has_body)) in.fail();
    if ((parts & has_certificate) != 0) {
      const View view(in.u64());
      entry.certificate = CommitCertificate{view, n, entry.block.batch, read_parts(in)};
    }
    if ((parts & has_body) != 0) {
      Bytes body = read_bytes(in, limits::batch_bytes_max);
      if (in.failed()) break;
      auto batch = Batch::parse(std::move(body));
      if (!batch) return tl::unexpected(batch.error());
      entry.batch = std::move(*batch);
    }
    entries.push_back(std::move(entry));
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  return entries;
}

Bytes encode_checkpoint(const LedgerCheckpoint& checkpoint) {
  ByteWriter out;
  out.u64(checkpoint.stable.n.value);
  out.raw(checkpoint.stable.root.bytes);
  write_parts(out, checkpoint.stable.checkpoints);
  out.prefixed(checkpoint.state.group);
  out.u32(static_cast<std::uint32_t>(checkpoint.state.levels.size()));
  for (const Bytes& level : checkpoint.state.levels) out.prefixed(level);
  return out.take();
}

tl::expected<LedgerCheckpoint, Reject> parse_checkpoint(ByteView encoded) {
  ByteReader in(encoded);
  LedgerCheckpoint checkpoint;
  checkpoint.stable.n = SequenceNumber(in.u64());
  checkpoint.stable.root = read_digest(in);
  checkpoint.stable.checkpoints = read_parts(in);
  checkpoint.state.group = read_bytes(in, limits::state_proof_bytes_max);
  const std::uint32_t levels = in.u32();
  if (levels > limits::state_proof_levels_max) return tl::unexpected(Reject::too_many_elements);
  for (std::uint32_t i = 0; i < levels && !in.failed(); ++i) {
    checkpoint.state.levels.push_back(read_bytes(in, limits::state_proof_bytes_max));
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  return checkpoint;
}

Bytes encode_run(const BlockRun& run) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(run.blocks.size()));
  if (!run.blocks.empty()) out.raw(run.blocks.front().previous.bytes);
  for (const Block& block : run.blocks) write_content(out, block);
  return out.take();
}

tl::expected<BlockRun, Reject> parse_run(SequenceNumber last, ByteView encoded) {
  ByteReader in(encoded);
  const std::uint32_t count = in.u32();
  if (count > limits::block_run_max) return tl::unexpected(Reject::too_many_elements);
  BlockRun run{last, {}};
  Digest previous;
  if (count != 0) previous = read_digest(in);
  if (count > last.value) in.fail();
  SequenceNumber n(last.value - count + 1);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i, ++n) {
    run.blocks.push_back(read_content(in, n, previous));
    previous = run.blocks.back().digest();
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  return run;
}

}  // namespace quorate
