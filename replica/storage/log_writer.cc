#include "replica/storage/log_writer.h"

#include "crypto/check.h"
#include "messages/batch.h"

namespace quorate {

void LogWriter::put_body(SequenceNumber n, const Digest& digest, const BatchPtr& batch) {
  if (digest == null_digest()) return;
  const Bytes key = body_key(n, digest);
  if (transaction_.get(key)) return;  // accepted again, in a higher view: up to 1 MiB need not be written again
  if (transaction_.failed()) return;
  check(batch != nullptr, "a record that refers to a body comes with it or after it");
  check(batch->digest() == digest, "a record's body has the record's digest");
  transaction_.put(key, batch->body());
}

void LogWriter::drop_body_unless_needed(SequenceNumber n, const Digest& digest) {
  if (!reader_.referred_to(n, digest)) transaction_.erase(body_key(n, digest));
}

void LogWriter::replace(RecordKind kind, SequenceNumber n, const Bytes& value) {
  const Bytes key = record_key(kind, n);
  const auto old_value = transaction_.get(key);
  const auto old_digest = old_value ? digest_in(*old_value) : std::nullopt;
  transaction_.put(key, value);
  if (old_digest && old_digest != digest_in(value)) drop_body_unless_needed(n, *old_digest);
}

void LogWriter::erase(RecordKind kind, SequenceNumber n) {
  const Bytes key = record_key(kind, n);
  const auto value = transaction_.get(key);
  const bool has_body = kind != RecordKind::own_checkpoint;
  const auto digest = value && has_body ? digest_in(*value) : std::nullopt;
  transaction_.erase(key);
  if (digest) drop_body_unless_needed(n, *digest);
}

std::optional<SequenceNumber> LogWriter::oldest(RecordKind kind, SequenceNumber through) {
  Cursor cursor(transaction_);
  const auto entry = cursor.seek(record_key(kind, SequenceNumber()));
  const auto key = entry ? decode_key(entry->key) : std::nullopt;
  if (!key || key->kind != kind || key->n > through) return std::nullopt;
  return key->n;
}

void LogWriter::erase_through(RecordKind kind, SequenceNumber through) {
  while (const auto n = oldest(kind, through)) erase(kind, *n);
}

void LogWriter::operator()(const AcceptedRecord& record) {
  const PrePrepareHeader& header = record.pre_prepare.header;
  put_body(header.n, header.digest, record.pre_prepare.batch);
  replace(RecordKind::accepted, header.n, encode_accepted(record.pre_prepare));
}

void LogWriter::operator()(const PreparedRecord& record) {
  replace(RecordKind::prepared, record.certificate.header.n, encode_prepared(record.certificate));
}

void LogWriter::operator()(const CommittedRecord& record) {
  put_body(record.certificate.n, record.certificate.digest, record.batch);
  replace(RecordKind::committed, record.certificate.n, encode_committed(record.certificate));
}

void LogWriter::operator()(const OwnCheckpointRecord& record) {
  transaction_.put(record_key(RecordKind::own_checkpoint, record.checkpoint.n),
                   encode_own_checkpoint(record.checkpoint));
}

void LogWriter::operator()(const StableRecord& record) {
  transaction_.put(single_key(RecordKind::stable), encode_stable(record.proof));
}

void LogWriter::operator()(const ViewChangeRecord& record) {
  transaction_.put(single_key(RecordKind::view_change), encode_view_change(*record.view_change));
}

void LogWriter::operator()(const NewViewRecord& record) {
  transaction_.put(single_key(RecordKind::new_view), encode_new_view(*record.new_view));
}

void LogWriter::operator()(const MuteRecord& record) {
  transaction_.put(single_key(RecordKind::mute), encode_mute(record.nonce));
}

void LogWriter::operator()(const SpeakRecord&) { transaction_.erase(single_key(RecordKind::mute)); }

void LogWriter::operator()(const CollectRecord& record) {
  erase_through(RecordKind::accepted, record.votes_through);
  erase_through(RecordKind::prepared, record.votes_through);
  if (record.votes_through.value > 0) erase_through(RecordKind::own_checkpoint, record.votes_through - 1);
  if (record.bodies_through > totals_.bodies_collected) retain_through(record.bodies_through);
}

void LogWriter::retain_through(SequenceNumber n) {
  for (SequenceNumber slot = totals_.bodies_collected + 1; slot <= n; ++slot)
    totals_.retained_bytes += reader_.retained_bytes(slot);
  totals_.bodies_collected = n;
  transaction_.put(single_key(RecordKind::collected), encode_collected(n));
  while (totals_.retained_bytes > retained_bytes_max_) {
    const auto dropped = oldest(RecordKind::committed, n);
    if (!dropped) break;
    totals_.retained_bytes -= reader_.retained_bytes(*dropped);
    erase(RecordKind::committed, *dropped);
  }
}

}  // namespace quorate
