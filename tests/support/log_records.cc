// Signatures are bytes that depend on a tag, so that mixed-up fields show as differences.
#include "tests/support/log_records.h"

#include <array>
#include <utility>

namespace quorate::testing {
namespace {

std::string text(const Signature& signature) { return to_hex(ByteView(signature.bytes)).substr(0, 16); }
std::string text(const Digest& digest) { return to_hex(digest).substr(0, 16); }

template <typename Tag>
std::string text(Strong<Tag, std::uint64_t> number) {
  return std::to_string(number.value);
}

std::string text(const std::vector<SignedBy>& parts) {
  std::string out = "[";
  for (const SignedBy& part : parts) out += std::to_string(part.replica.value) + ":" + text(part.signature) + " ";
  return out + "]";
}

std::string text(const BatchPtr& batch) { return batch ? to_hex(batch->body()) : "null"; }

}  // namespace

BatchPtr make_batch(std::uint64_t tag, std::size_t operation_bytes) {
  const std::array<Bytes, 1> operations{Bytes(operation_bytes, static_cast<std::uint8_t>(tag))};
  Bytes payload = Bundle::payload_of(ClientId(0), Timestamp(tag + 1), operations);
  const std::array<BundlePtr, 1> bundles{Bundle::parse(std::move(payload), make_signature(tag)).value()};
  return Batch::build(WallTime(tag), bundles);
}

Signature make_signature(std::uint64_t tag) {
  Signature signature;
  const Digest digest = Hasher("test signature").u64(tag).finish();
  for (std::size_t i = 0; i < signature.bytes.size(); ++i) signature.bytes[i] = digest.bytes[i % Digest::size];
  return signature;
}

std::vector<SignedBy> make_parts(std::uint64_t tag, std::uint32_t count) {
  std::vector<SignedBy> parts;
  for (std::uint32_t i = 0; i < count; ++i) parts.push_back({ReplicaId(i), make_signature(1000 * tag + i)});
  return parts;
}

Digest digest_of_batch(const BatchPtr& batch) { return batch ? batch->digest() : null_digest(); }

AcceptedRecord accepted(std::uint64_t view, std::uint64_t n, const BatchPtr& batch) {
  return {{{View(view), SequenceNumber(n), digest_of_batch(batch)}, make_signature(n + view), batch}};
}

PreparedRecord prepared(std::uint64_t view, std::uint64_t n, const Digest& digest) {
  return {{{View(view), SequenceNumber(n), digest}, make_signature(n + view), make_parts(n, 2)}};
}

CommittedRecord committed(std::uint64_t view, std::uint64_t n, const Digest& digest) {
  return {{View(view), SequenceNumber(n), digest, make_parts(n)}, nullptr};
}

CommittedRecord committed(std::uint64_t view, std::uint64_t n, const BatchPtr& batch) {
  return {{View(view), SequenceNumber(n), digest_of_batch(batch), make_parts(n)}, batch};
}

OwnCheckpointRecord own_checkpoint(std::uint64_t n) {
  return {{SequenceNumber(n), Hasher("root").u64(n).finish(), ReplicaId(2), make_signature(n)}};
}

StableRecord stable(std::uint64_t n) { return {{SequenceNumber(n), Hasher("root").u64(n).finish(), make_parts(n)}}; }

CollectRecord collect(std::uint64_t votes_through, std::uint64_t bodies_through) {
  return {SequenceNumber(votes_through), SequenceNumber(bodies_through)};
}

std::vector<NumberedRecord> numbered(std::vector<LogRecord> records) {
  std::vector<NumberedRecord> out;
  out.reserve(records.size());
  for (LogRecord& record : records) out.push_back({RecordNumber(out.size() + 1), std::move(record)});
  return out;
}

std::string describe(const CommittedBatch& batch) {
  const CommitCertificate& mark = batch.certificate;
  return "mark " + text(mark.n) + " v" + text(mark.view) + " " + text(mark.digest) + " " + text(mark.commits) + " " +
         text(batch.batch) + "\n";
}

std::string describe(const LogImage& image) {
  std::string out = "collected " + text(image.bodies_collected) + "\n";
  if (image.stable)
    out += "stable " + text(image.stable->n) + " " + text(image.stable->root) + text(image.stable->checkpoints) + "\n";
  for (const auto& [n, record] : image.accepted)
    out += "accepted " + text(n) + " " + text(record.header.n) + " v" + text(record.header.view) + " " +
           text(record.header.digest) + " " + text(record.signature) + " " + text(record.batch) + "\n";
  for (const auto& [n, prepared] : image.prepared) {
    const PreparedCertificate& record = prepared.certificate;
    out += "prepared " + text(n) + " " + text(record.header.n) + " v" + text(record.header.view) + " " +
           text(record.header.digest) + " " + text(record.primary_signature) + " " + text(record.prepares) + " " +
           text(prepared.batch) + "\n";
  }
  if (image.view_change) out += "view change " + to_hex(payload_of(*image.view_change)) + "\n";
  if (image.mute) out += "mute " + std::to_string(*image.mute) + "\n";
  if (image.new_view) out += "new view " + to_hex(payload_of(*image.new_view)) + "\n";
  for (const auto& [n, batch] : image.committed) out += "at " + text(n) + " " + describe(batch);
  for (const auto& [n, record] : image.own_checkpoints)
    out += "own " + text(n) + " " + text(record.n) + " " + text(record.root) + " " +
           std::to_string(record.replica.value) + " " + text(record.signature) + "\n";
  return out;
}

}  // namespace quorate::testing
