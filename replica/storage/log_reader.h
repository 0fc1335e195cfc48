// Reads log records through an LMDB transaction: the image, committed batches, and what is wrong with a record.
//
// Everything read is verified: seals of records, digests of bodies, and that no record lacks its body. A finding is
// kept as text (`damage`); after the first, reads give nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replica/core/log_record.h"
#include "replica/storage/lmdb_environment.h"
#include "replica/storage/record_codec.h"

namespace quorate {

class LogReader {
 public:
  explicit LogReader(StoreTransaction& transaction) : transaction_(transaction) {}

  LogImage image();
  /// See LogStore::read_retained.
  std::vector<CommittedBatch> committed_batches(SequenceNumber first, std::uint32_t count, std::size_t bytes_max);
  /// Those of first … first + count − 1 that are there, ascending; with their bodies if these are wanted, and then no
  /// more once `bytes_max` of them are exceeded.
  std::vector<CommittedBatch> marks(SequenceNumber first, std::uint64_t count, bool with_bodies, std::size_t bytes_max);
  SequenceNumber bodies_collected();
  std::optional<StableCheckpoint> stable();
  /// Bytes that a collected slot takes: its mark and its body.
  std::size_t retained_bytes(SequenceNumber n);
  /// Bytes that all collected slots take.
  std::size_t retained_bytes();

  /// Whether a pre-prepare, a certificate or a mark needs this body.
  bool referred_to(SequenceNumber n, const Digest& digest);

  /// What is wrong with one record, in words; nothing if it is sound.
  std::optional<std::string> check_record(const Cursor::Entry& entry);
  /// What was found damaged so far.
  const std::optional<std::string>& damage() const { return damage_; }
  /// The damage or the transaction's failure.
  Result<void> status(const LmdbEnvironment& environment) const;

 private:
  void read_into(LogImage& image, const RecordKey& key, ByteView value);
  /// Null for the null digest; a body that is not there is damage.
  /// The body of (n, digest), shared with the accepted pre-prepare's if that is the same.
  BatchPtr held_body(const LogImage& image, SequenceNumber n, const Digest& digest);
  BatchPtr body(SequenceNumber n, const Digest& digest);
  /// That a body is there, unread; its own record shows whether it is sound.
  void expect_body(SequenceNumber n, const Digest& digest);
  void found(const RecordKey& key, const std::string& what);

  StoreTransaction& transaction_;
  std::optional<std::string> damage_;
};

}  // namespace quorate
