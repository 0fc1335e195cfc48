#include "replica/storage/log_reader.h"

#include <utility>

#include "messages/batch.h"

namespace quorate {
namespace {

constexpr const char* wrong_checksum = "checksum or layout is wrong";
constexpr const char* missing_body = "missing, and another record refers to it";

template <typename Map, typename Record>
bool take(Map& map, SequenceNumber n, std::optional<Record> record) {
  if (!record) return false;
  map.insert_or_assign(n, std::move(*record));
  return true;
}

}  // namespace

void LogReader::found(const RecordKey& key, const std::string& what) {
  if (!damage_) damage_ = describe(key) + ": " + what;
}

Result<void> LogReader::status(const LmdbEnvironment& environment) const {
  if (damage_) return tl::unexpected<Error>(environment.damage(*damage_));
  return transaction_.status();
}

void LogReader::expect_body(SequenceNumber n, const Digest& digest) {
  if (digest == null_digest() || transaction_.get(body_key(n, digest)) || transaction_.failed()) return;
  found({RecordKind::body, n, digest}, missing_body);
}

BatchPtr LogReader::body(SequenceNumber n, const Digest& digest) {
  if (digest == null_digest() || damage_) return nullptr;
  const auto value = transaction_.get(body_key(n, digest));
  const RecordKey key{RecordKind::body, n, digest};
  if (!value) {
    if (!transaction_.failed()) found(key, missing_body);
    return nullptr;
  }
  BatchPtr batch = decode_body(digest, *value);
  if (!batch) found(key, "does not have its digest");
  return batch;
}

BatchPtr LogReader::held_body(const LogImage& image, SequenceNumber n, const Digest& digest) {
  const auto accepted = image.accepted.find(n);
  const bool held = accepted != image.accepted.end() && accepted->second.header.digest == digest;
  return held ? accepted->second.batch : body(n, digest);
}

void LogReader::read_into(LogImage& image, const RecordKey& key, ByteView value) {
  bool sound = true;
  switch (key.kind) {
    case RecordKind::accepted:
      sound = take(image.accepted, key.n, decode_accepted(key.n, value));
      if (sound) image.accepted.at(key.n).batch = body(key.n, image.accepted.at(key.n).header.digest);
      break;
    case RecordKind::prepared: {
      auto certificate = decode_prepared(key.n, value);
      sound = certificate.has_value();
      if (!sound) break;
      BatchPtr batch = held_body(image, key.n, certificate->header.digest);
      image.prepared.emplace(key.n, PreparedBatch{std::move(*certificate), std::move(batch)});
      break;
    }
    case RecordKind::committed: {
      if (key.n <= image.bodies_collected) break;
      auto certificate = decode_committed(key.n, value);
      sound = certificate.has_value();
      if (!sound) break;
      BatchPtr batch = held_body(image, key.n, certificate->digest);
      image.committed.emplace(key.n, CommittedBatch{std::move(*certificate), std::move(batch)});
      break;
    }
    case RecordKind::own_checkpoint:
      sound = take(image.own_checkpoints, key.n, decode_own_checkpoint(key.n, value));
      break;
    case RecordKind::stable:
      image.stable = decode_stable(value);
      sound = image.stable.has_value();
      break;
    case RecordKind::view_change:
      image.view_change = decode_view_change(value);
      sound = image.view_change != nullptr;
      break;
    case RecordKind::new_view:
      image.new_view = decode_new_view(value);
      sound = image.new_view != nullptr;
      break;
    case RecordKind::mute:
      image.mute = decode_mute(value);
      sound = image.mute.has_value();
      break;
    case RecordKind::identity:
    case RecordKind::body:
    case RecordKind::collected:
      break;
  }
  if (!sound) found(key, wrong_checksum);
}

LogImage LogReader::image() {
  LogImage image;
  image.bodies_collected = bodies_collected();
  Cursor cursor(transaction_);
  for (auto entry = cursor.seek({}); entry && !damage_; entry = cursor.next()) {
    if (const auto key = decode_key(entry->key))
      read_into(image, *key, entry->value);
    else
      damage_ = "a record of unknown kind";
  }
  return image;
}

std::vector<CommittedBatch> LogReader::committed_batches(SequenceNumber first, std::uint32_t count,
                                                         std::size_t bytes_max) {
  std::vector<CommittedBatch> batches;
  std::size_t bytes = 0;
  for (SequenceNumber n = first; batches.size() < count && bytes <= bytes_max; ++n) {
    const auto value = transaction_.get(record_key(RecordKind::committed, n));
    if (!value) break;
    auto certificate = decode_committed(n, *value);
    if (!certificate) found({RecordKind::committed, n, {}}, wrong_checksum);
    if (damage_) break;
    BatchPtr batch = body(n, certificate->digest);
    if (damage_ || transaction_.failed()) break;
    if (batch) bytes += batch->body().size();
    batches.push_back({std::move(*certificate), std::move(batch)});
  }
  return batches;
}

std::vector<CommittedBatch> LogReader::marks(SequenceNumber first, std::uint64_t count, bool with_bodies,
                                             std::size_t bytes_max) {
  std::vector<CommittedBatch> found_marks;
  std::size_t bytes = 0;
  Cursor cursor(transaction_);
  for (auto entry = cursor.seek(record_key(RecordKind::committed, first)); entry && bytes <= bytes_max;
       entry = cursor.next()) {
    const auto key = decode_key(entry->key);
    if (!key || key->kind != RecordKind::committed || key->n - first >= count) break;
    auto certificate = decode_committed(key->n, entry->value);
    if (!certificate) found(*key, wrong_checksum);
    if (damage_) break;
    BatchPtr batch = with_bodies ? body(key->n, certificate->digest) : nullptr;
    if (damage_ || transaction_.failed()) break;
    if (batch) bytes += batch->body().size();
    found_marks.push_back({std::move(*certificate), std::move(batch)});
  }
  return found_marks;
}

SequenceNumber LogReader::bodies_collected() {
  const auto value = transaction_.get(single_key(RecordKind::collected));
  const auto n = value ? decode_collected(*value) : std::nullopt;
  if (!n && !transaction_.failed()) found({RecordKind::collected, {}, {}}, "missing or wrong");
  return n.value_or(SequenceNumber());
}

std::optional<StableCheckpoint> LogReader::stable() {
  const auto value = transaction_.get(single_key(RecordKind::stable));
  if (!value) return std::nullopt;
  auto proof = decode_stable(*value);
  if (!proof) found({RecordKind::stable, {}, {}}, wrong_checksum);
  return proof;
}

std::size_t LogReader::retained_bytes(SequenceNumber n) {
  const auto mark = transaction_.get(record_key(RecordKind::committed, n));
  if (!mark) return 0;
  const auto digest = digest_in(*mark);
  const auto stored = digest ? transaction_.get(body_key(n, *digest)) : std::nullopt;
  return mark->size() + (stored ? stored->size() : 0);
}

std::size_t LogReader::retained_bytes() {
  const SequenceNumber through = bodies_collected();
  std::size_t bytes = 0;
  Cursor cursor(transaction_);
  for (auto entry = cursor.seek(record_key(RecordKind::committed, SequenceNumber())); entry; entry = cursor.next()) {
    const auto key = decode_key(entry->key);
    if (!key || key->kind != RecordKind::committed || key->n > through) break;
    bytes += retained_bytes(key->n);
  }
  return bytes;
}

bool LogReader::referred_to(SequenceNumber n, const Digest& digest) {
  for (const RecordKind kind : {RecordKind::accepted, RecordKind::prepared, RecordKind::committed}) {
    const auto value = transaction_.get(record_key(kind, n));
    if (value && digest_in(*value) == digest) return true;
  }
  return false;
}

std::optional<std::string> LogReader::check_record(const Cursor::Entry& entry) {
  const auto key = decode_key(entry.key);
  if (!key) return "a record of unknown kind";
  switch (key->kind) {
    case RecordKind::collected:
      bodies_collected();
      break;
    case RecordKind::body:
      if (!decode_body(key->digest, entry.value)) found(*key, "does not have its digest");
      if (!referred_to(key->n, key->digest)) found(*key, "no other record refers to it");
      break;
    case RecordKind::accepted:
      if (const auto record = decode_accepted(key->n, entry.value))
        expect_body(key->n, record->header.digest);
      else
        found(*key, wrong_checksum);
      break;
    case RecordKind::prepared:
      if (const auto record = decode_prepared(key->n, entry.value))
        expect_body(key->n, record->header.digest);
      else
        found(*key, wrong_checksum);
      break;
    case RecordKind::committed:
      if (const auto record = decode_committed(key->n, entry.value))
        expect_body(key->n, record->digest);
      else
        found(*key, wrong_checksum);
      break;
    default:
      LogImage image;
      read_into(image, *key, entry.value);
  }
  return damage_;
}

}  // namespace quorate
