// A state store as the target of a state transfer: entries and nodes change in one forced transaction, and until the
// transfer is finished the store says durably that it holds no state.
//
// Used on one thread, while nothing is committed by StateStore.
#pragma once

#include <memory>

#include "replica/service/state_transfer.h"
#include "replica/storage/lmdb_environment.h"
#include "replica/storage/lmdb_table.h"

namespace quorate {

class StateTransferStore final : public TransferStore {
 public:
  /// The environment must outlive this object. Entries and nodes are to be read from `begin` to `finish` only.
  explicit StateTransferStore(const LmdbEnvironment& environment);

  const Table& entries() const override { return entries_; }
  const Table& nodes() const override { return nodes_; }
  Result<void> begin() override;
  Result<void> write(const std::vector<Group>& groups) override;
  Result<Digest> complete() override;
  Result<void> finish(SequenceNumber n, const Digest& root) override;

 private:
  Result<void> commit(StoreTransaction& transaction);

  const LmdbEnvironment& environment_;
  StoreTransaction snapshot_;  // of the last write; none is held but during a transfer
  LmdbTable entries_;
  LmdbTable nodes_;
};

}  // namespace quorate
