// Both stores of a replica as they were at one moment, read beside the process that owns them, or when none does.
//
// No owner's lock is taken: LMDB's read transactions see one commit each, and the writer goes on. The state is seen
// first and the log a moment later, so what the state lacks is in the log (or among its retained batches). What is
// handed out of the log carries its own proof and none of the replica's own votes.
#pragma once

#include <filesystem>
#include <memory>

#include "replica/core/log_record.h"
#include "replica/storage/lmdb_environment.h"

namespace quorate {

class StoresSnapshot {
 public:
  /// Errors: no store, another cluster's or replica's, another disk version.
  static Result<std::unique_ptr<StoresSnapshot>> open(const std::filesystem::path& log,
                                                      const std::filesystem::path& state, const Digest& cluster_id,
                                                      ReplicaId replica);

  /// The slot of the state.
  SequenceNumber state() const { return state_slot_; }
  /// The newest stable checkpoint and the committed batches state() + 1, … as far as they are there without a gap;
  /// bodies_collected is state(). Errors: damage, or the log has dropped what the state lacks.
  Result<LogImage> decided();
  /// Makes a state store of this state for `replica`. Errors: something is there already, damage, the disk is full.
  Result<void> copy_state(const std::filesystem::path& directory, ReplicaId replica);

 private:
  StoresSnapshot(std::unique_ptr<LmdbEnvironment> log, std::unique_ptr<LmdbEnvironment> state,
                 const Digest& cluster_id);

  std::unique_ptr<LmdbEnvironment> log_;
  std::unique_ptr<LmdbEnvironment> state_;
  Digest cluster_id_;
  StoreTransaction state_seen_;  // before the log: members begin in this order
  StoreTransaction log_seen_;
  SequenceNumber state_slot_;
};

}  // namespace quorate
