#include "messages/view_change.h"

#include <utility>

#include "messages/limits.h"
#include "messages/quorum.h"

namespace quorate {
namespace {

constexpr std::size_t entry_bytes_min = 8 + 8 + Digest::size + 64 + 4;
constexpr std::size_t header_bytes = 8 + Digest::size + 64;

/// A count whose elements of at least `bytes_min` must still fit, so that nothing is allocated for what did not come.
std::uint32_t read_count(ByteReader& in, std::size_t bytes_min) {
  const std::uint32_t count = in.u32();
  if (count <= in.remaining() / bytes_min) return count;
  in.fail();
  return 0;
}

Digest read_digest(ByteReader& in) { return Digest{in.array<Digest::size>()}; }

}  // namespace

Bytes payload_of(const ViewChange& m) {
  ByteWriter out;
  out.u64(m.view.value);
  out.u64(m.low_watermark.value);
  if (m.stable) {
    out.raw(m.stable->root.bytes);
    write_parts(out, m.stable->checkpoints);
  }
  out.u32(static_cast<std::uint32_t>(m.prepared.size()));
  for (const PreparedCertificate& entry : m.prepared) {
    out.u64(entry.header.n.value);
    out.u64(entry.header.view.value);
    out.raw(entry.header.digest.bytes);
    out.raw(entry.primary_signature.bytes);
    write_parts(out, entry.prepares);
  }
  out.u32(m.replica.value);
  return out.take();
}

Bytes payload_of(const NewView& m) {
  ByteWriter out;
  out.u64(m.view.value);
  out.u32(static_cast<std::uint32_t>(m.view_changes.size()));
  for (const ViewChangePtr& part : m.view_changes) {
    out.prefixed(payload_of(*part));
    out.raw(part->signature.bytes);
  }
  out.u32(static_cast<std::uint32_t>(m.pre_prepares.size()));
  for (const SignedHeader& part : m.pre_prepares) {
    out.u64(part.header.n.value);
    out.raw(part.header.digest.bytes);
    out.raw(part.signature.bytes);
  }
  return out.take();
}

tl::expected<ViewChange, Reject> parse_view_change(ByteView payload, const Signature& signature) {
  ByteReader in(payload);
  ViewChange m;
  m.view = View(in.u64());
  m.low_watermark = SequenceNumber(in.u64());
  if (m.low_watermark.value != 0) {
    const Digest root = read_digest(in);
    m.stable = StableCheckpoint{m.low_watermark, root, read_parts(in)};
  }
  const std::uint32_t count = read_count(in, entry_bytes_min);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    PreparedCertificate entry;
    entry.header.n = SequenceNumber(in.u64());
    entry.header.view = View(in.u64());
    entry.header.digest = read_digest(in);
    entry.primary_signature = Signature{in.array<64>()};
    entry.prepares = read_parts(in);
    m.prepared.push_back(std::move(entry));
  }
  m.replica = ReplicaId(in.u32());
  m.signature = signature;
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  return m;
}

tl::expected<NewView, Reject> parse_new_view(ByteView payload, const Signature& signature) {
  ByteReader in(payload);
  NewView m;
  m.view = View(in.u64());
  const std::uint32_t changes = read_count(in, 4 + 64);
  if (changes > Quorums::replicas_max) return tl::unexpected(Reject::too_many_elements);
  for (std::uint32_t i = 0; i < changes && !in.failed(); ++i) {
    const ByteView part = in.prefixed(limits::frame_bytes_max);
    auto parsed = parse_view_change(part, Signature{in.array<64>()});
    if (!parsed) return tl::unexpected(parsed.error());
    m.view_changes.push_back(std::make_shared<const ViewChange>(std::move(*parsed)));
  }
  const std::uint32_t headers = read_count(in, header_bytes);
  for (std::uint32_t i = 0; i < headers && !in.failed(); ++i) {
    const SequenceNumber n(in.u64());
    const Digest digest = read_digest(in);
    m.pre_prepares.push_back({{m.view, n, digest}, Signature{in.array<64>()}});
  }
  m.signature = signature;
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  return m;
}

}  // namespace quorate
