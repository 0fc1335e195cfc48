#include "replica/storage/record_codec.h"

#include <utility>

#include "messages/limits.h"
#include "replica/storage/seal.h"

namespace quorate {
namespace {

constexpr std::size_t number_bytes = 8;

// Big endian, unlike everything else of ours, because LMDB sorts keys as byte strings.
void write_number(ByteWriter& writer, SequenceNumber n) {
  for (std::size_t i = number_bytes; i-- > 0;) writer.u8(static_cast<std::uint8_t>(n.value >> (8 * i)));
}

SequenceNumber read_number(ByteReader& reader) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < number_bytes; ++i) value = value << 8 | reader.u8();
  return SequenceNumber(value);
}

Digest read_digest(ByteReader& reader) { return Digest{reader.array<Digest::size>()}; }

Bytes seal_record(RecordKind kind, SequenceNumber n, const ByteWriter& payload) {
  return seal(record_key(kind, n), payload.view());
}

/// Checks the seal, lets `read` take the payload apart, and takes its answer only if it used up all of it.
template <typename Read>
auto open_record(ByteView key, ByteView value, Read read)
    -> std::optional<decltype(read(std::declval<ByteReader&>()))> {
  const auto payload = unseal(key, value);
  if (!payload) return std::nullopt;
  ByteReader reader(*payload);
  auto record = read(reader);
  if (!reader.finished()) return std::nullopt;
  return record;
}

/// A message as it was signed: its payload with its length, then the signature.
Bytes seal_signed(RecordKind kind, const Bytes& payload, const Signature& signature) {
  ByteWriter writer;
  writer.prefixed(payload);
  writer.raw(signature.bytes);
  return seal(single_key(kind), writer.view());
}

template <typename Message, typename Parse>
std::shared_ptr<const Message> open_signed(RecordKind kind, ByteView value, Parse parse) {
  const auto parsed = open_record(single_key(kind), value, [&](ByteReader& reader) {
    const ByteView payload = reader.prefixed(limits::frame_bytes_max);
    return parse(payload, Signature{reader.array<64>()});
  });
  if (!parsed || !*parsed) return nullptr;
  return std::make_shared<const Message>(std::move(**parsed));
}

bool has_number(RecordKind kind) { return kind != RecordKind::identity && (kind < RecordKind::stable); }

const char* name_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::identity:
      return "identity of the store";
    case RecordKind::accepted:
      return "accepted pre-prepare";
    case RecordKind::body:
      return "batch";
    case RecordKind::prepared:
      return "prepared certificate";
    case RecordKind::committed:
      return "commit certificate";
    case RecordKind::own_checkpoint:
      return "own checkpoint";
    case RecordKind::stable:
      return "proof of the stable checkpoint";
    case RecordKind::collected:
      return "mark of collection";
    case RecordKind::view_change:
      return "own view change";
    case RecordKind::new_view:
      return "new view";
    case RecordKind::mute:
      return "mark of a loss";
  }
  return "unknown record";
}

}  // namespace

Bytes record_key(RecordKind kind, SequenceNumber n) {
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(kind));
  write_number(writer, n);
  return writer.take();
}

Bytes body_key(SequenceNumber n, const Digest& digest) {
  ByteWriter writer;
  writer.raw(record_key(RecordKind::body, n));
  writer.raw(digest.bytes);
  return writer.take();
}

Bytes single_key(RecordKind kind) { return {static_cast<std::uint8_t>(kind)}; }

std::optional<RecordKey> decode_key(ByteView key) {
  ByteReader reader(key);
  const std::uint8_t kind = reader.u8();
  if (kind > static_cast<std::uint8_t>(RecordKind::mute)) return std::nullopt;
  RecordKey out{.kind = static_cast<RecordKind>(kind), .n = {}, .digest = {}};
  if (has_number(out.kind)) out.n = read_number(reader);
  if (out.kind == RecordKind::body) out.digest = read_digest(reader);
  if (!reader.finished()) return std::nullopt;
  return out;
}

std::string describe(const RecordKey& key) {
  const std::string name = name_of(key.kind);
  return has_number(key.kind) ? name + " " + std::to_string(key.n.value) : name;
}

Bytes encode_accepted(const PrePrepare& pre_prepare) {
  ByteWriter writer;
  writer.u64(pre_prepare.header.view.value);
  writer.raw(pre_prepare.header.digest.bytes);
  writer.raw(pre_prepare.signature.bytes);
  return seal_record(RecordKind::accepted, pre_prepare.header.n, writer);
}

Bytes encode_prepared(const PreparedCertificate& certificate) {
  ByteWriter writer;
  writer.u64(certificate.header.view.value);
  writer.raw(certificate.header.digest.bytes);
  writer.raw(certificate.primary_signature.bytes);
  write_parts(writer, certificate.prepares);
  return seal_record(RecordKind::prepared, certificate.header.n, writer);
}

Bytes encode_committed(const CommitCertificate& certificate) {
  ByteWriter writer;
  writer.u64(certificate.view.value);
  writer.raw(certificate.digest.bytes);
  write_parts(writer, certificate.commits);
  return seal_record(RecordKind::committed, certificate.n, writer);
}

Bytes encode_own_checkpoint(const Checkpoint& checkpoint) {
  ByteWriter writer;
  writer.raw(checkpoint.root.bytes);
  writer.u32(checkpoint.replica.value);
  writer.raw(checkpoint.signature.bytes);
  return seal_record(RecordKind::own_checkpoint, checkpoint.n, writer);
}

Bytes encode_stable(const StableCheckpoint& proof) {
  ByteWriter writer;
  writer.u64(proof.n.value);
  writer.raw(proof.root.bytes);
  write_parts(writer, proof.checkpoints);
  return seal(single_key(RecordKind::stable), writer.view());
}

Bytes encode_collected(SequenceNumber n) {
  ByteWriter writer;
  writer.u64(n.value);
  return seal(single_key(RecordKind::collected), writer.view());
}

Bytes encode_mute(std::uint64_t nonce) {
  ByteWriter writer;
  writer.u64(nonce);
  return seal(single_key(RecordKind::mute), writer.view());
}

Bytes encode_view_change(const ViewChange& view_change) {
  return seal_signed(RecordKind::view_change, payload_of(view_change), view_change.signature);
}

Bytes encode_new_view(const NewView& new_view) {
  return seal_signed(RecordKind::new_view, payload_of(new_view), new_view.signature);
}

std::optional<PrePrepare> decode_accepted(SequenceNumber n, ByteView value) {
  return open_record(record_key(RecordKind::accepted, n), value, [&](ByteReader& reader) {
    PrePrepare out;
    out.header.view = View(reader.u64());
    out.header.n = n;
    out.header.digest = read_digest(reader);
    out.signature = Signature{reader.array<64>()};
    return out;
  });
}

std::optional<PreparedCertificate> decode_prepared(SequenceNumber n, ByteView value) {
  return open_record(record_key(RecordKind::prepared, n), value, [&](ByteReader& reader) {
    PreparedCertificate out;
    out.header.view = View(reader.u64());
    out.header.n = n;
    out.header.digest = read_digest(reader);
    out.primary_signature = Signature{reader.array<64>()};
    out.prepares = read_parts(reader);
    return out;
  });
}

std::optional<CommitCertificate> decode_committed(SequenceNumber n, ByteView value) {
  return open_record(record_key(RecordKind::committed, n), value, [&](ByteReader& reader) {
    CommitCertificate out;
    out.view = View(reader.u64());
    out.n = n;
    out.digest = read_digest(reader);
    out.commits = read_parts(reader);
    return out;
  });
}

std::optional<Checkpoint> decode_own_checkpoint(SequenceNumber n, ByteView value) {
  return open_record(record_key(RecordKind::own_checkpoint, n), value, [&](ByteReader& reader) {
    Checkpoint out;
    out.n = n;
    out.root = read_digest(reader);
    out.replica = ReplicaId(reader.u32());
    out.signature = Signature{reader.array<64>()};
    return out;
  });
}

std::optional<StableCheckpoint> decode_stable(ByteView value) {
  return open_record(single_key(RecordKind::stable), value, [](ByteReader& reader) {
    StableCheckpoint out;
    out.n = SequenceNumber(reader.u64());
    out.root = read_digest(reader);
    out.checkpoints = read_parts(reader);
    return out;
  });
}

std::optional<SequenceNumber> decode_collected(ByteView value) {
  return open_record(single_key(RecordKind::collected), value,
                     [](ByteReader& reader) { return SequenceNumber(reader.u64()); });
}

std::optional<std::uint64_t> decode_mute(ByteView value) {
  return open_record(single_key(RecordKind::mute), value, [](ByteReader& reader) { return reader.u64(); });
}

ViewChangePtr decode_view_change(ByteView value) {
  return open_signed<ViewChange>(RecordKind::view_change, value, parse_view_change);
}

NewViewPtr decode_new_view(ByteView value) { return open_signed<NewView>(RecordKind::new_view, value, parse_new_view); }

BatchPtr decode_body(const Digest& digest, ByteView value) {
  const auto batch = Batch::parse(Bytes(value.begin(), value.end()));
  if (!batch || (*batch)->digest() != digest) return nullptr;
  return *batch;
}

std::optional<Digest> digest_in(ByteView value) {
  ByteReader reader(value);
  reader.u64();
  const Digest digest = read_digest(reader);
  if (reader.failed()) return std::nullopt;
  return digest;
}

}  // namespace quorate
