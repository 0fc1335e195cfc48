// Applies log records to an LMDB write transaction: the disk's counterpart of LogImage::apply.
//
// A body is stored once and stays while an accepted pre-prepare, a prepared certificate or a mark refers to it.
// Collected slots keep mark and body, oldest dropped first, until their bytes are within the retention.
#pragma once

#include "replica/core/log_record.h"
#include "replica/storage/lmdb_environment.h"
#include "replica/storage/log_reader.h"
#include "replica/storage/record_codec.h"

namespace quorate {

/// What append must know without reading the whole log.
struct LogTotals {
  SequenceNumber bodies_collected;
  std::size_t retained_bytes = 0;
};

class LogWriter {
 public:
  LogWriter(StoreTransaction& transaction, const LogTotals& totals, std::size_t retained_bytes_max)
      : transaction_(transaction), reader_(transaction), totals_(totals), retained_bytes_max_(retained_bytes_max) {}

  void operator()(const AcceptedRecord& record);
  void operator()(const PreparedRecord& record);
  void operator()(const CommittedRecord& record);
  void operator()(const OwnCheckpointRecord& record);
  void operator()(const StableRecord& record);
  void operator()(const CollectRecord& record);
  void operator()(const ViewChangeRecord& record);
  void operator()(const NewViewRecord& record);
  void operator()(const MuteRecord& record);
  void operator()(const SpeakRecord& record);

  /// The totals once the transaction is committed.
  const LogTotals& totals() const { return totals_; }

 private:
  void put_body(SequenceNumber n, const Digest& digest, const BatchPtr& batch);
  /// Puts a record that starts with view and digest. A body that only its predecessor needed goes.
  void replace(RecordKind kind, SequenceNumber n, const Bytes& value);
  void erase(RecordKind kind, SequenceNumber n);
  /// Every n ≤ `through` of this kind.
  void erase_through(RecordKind kind, SequenceNumber through);
  /// The least n of this kind, if it is at most `through`.
  std::optional<SequenceNumber> oldest(RecordKind kind, SequenceNumber through);
  void drop_body_unless_needed(SequenceNumber n, const Digest& digest);
  void retain_through(SequenceNumber n);

  StoreTransaction& transaction_;
  LogReader reader_;
  LogTotals totals_;
  std::size_t retained_bytes_max_;
};

}  // namespace quorate
