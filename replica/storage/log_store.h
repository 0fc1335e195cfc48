// The log in LMDB: one forced write transaction for each group of records.
//
// Layout: README.md, "Log environment". Every value carries a checksum that is verified when it is read. append is
// called by one thread; read_retained and read_marks may be called by others at the same time.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "crypto/error.h"
#include "messages/genesis.h"
#include "replica/core/log_record.h"

namespace quorate {

class StoreScrub;

struct LogStoreOptions {
  std::size_t retained_bytes_max = std::size_t{256} << 20;  // bodies kept below min(h, s) for laggards
  std::size_t map_bytes_max = std::size_t{8} << 30;         // LMDB's map size: an upper bound, not an allocation
};

class LogStore {
 public:
  /// Creates an empty store bound to this cluster and replica, at the birth of the cluster: it may vote. Errors:
  /// something is there already.
  static Result<void> init(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica);
  /// Likewise in the place of one that was lost: it is mute, with this nonce of the loss.
  static Result<void> init_mute(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                                std::uint64_t nonce);
  /// Creates a store with this content, forced. Accepted pre-prepares and prepared certificates are not taken: they
  /// belong to the votes of one replica's life. Errors: something is there already, the disk is full.
  static Result<void> create(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                             const LogImage& image);
  /// Opens a store that one of these made and checks every record. Errors: no store, another cluster's or replica's
  /// store, another disk version, damage (which key, what is wrong).
  static Result<std::unique_ptr<LogStore>> open(const std::filesystem::path& directory, const Digest& cluster_id,
                                                ReplicaId replica, const LogStoreOptions& options);
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  /// The durable content.
  Result<LogImage> load() const;
  /// Makes all records durable in one forced transaction. After an error the process must stop: it is never retried.
  Result<void> append(std::span<const NumberedRecord> records);
  /// Committed batches first, first + 1, … as far as they are there without a gap: at most `count`, and no more once
  /// `bytes_max` of bodies are exceeded.
  Result<std::vector<CommittedBatch>> read_retained(SequenceNumber first, std::uint32_t count,
                                                    std::size_t bytes_max) const;
  /// What proves the slots first … first + count − 1, of those that are there; otherwise like read_retained. The bodies
  /// are null unless they are wanted.
  Result<std::vector<CommittedBatch>> read_marks(SequenceNumber first, std::uint64_t count, bool with_bodies,
                                                 std::size_t bytes_max) const;
  /// Looks for damage while the store is in use. Must not outlive it.
  std::unique_ptr<StoreScrub> scrub() const;

 private:
  class Environment;
  explicit LogStore(std::unique_ptr<Environment> environment);
  std::unique_ptr<Environment> environment_;
};

}  // namespace quorate
