// The product's stores behind a simulated replica's disk, on files that lose what was not forced.
//
// Each life opens them as the product does, with its check at start; what they hold must be what was forced to them,
// and is what the replica starts from. A write that is under way at a crash is really made, and fails in the middle.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/lmdb/faulty_file.h"
#include "tests/support/temporary_directory.h"

namespace quorate::simulation {

class LmdbStores final : public DiskStores {
 public:
  /// Made anew in `files`, at the birth of the cluster. Throws Broken.
  LmdbStores(const World& world, ReplicaId replica, std::shared_ptr<const TemporaryDirectory> files, Forces forces);
  ~LmdbStores() override;

  Content open(const Content& expected) override;
  void lose_state() override;
  void lose(std::uint64_t nonce) override;
  void roll_back() override;
  void append(std::span<const NumberedRecord> records, WriteEnd end) override;
  void commit(const testing::MemoryState& before, const testing::MemoryState& next, WriteEnd end) override;
  void prepend(const std::vector<Block>& blocks) override;
  TransferStore& transfer_target(TransferStore& model) override;
  void crash() override;
  void take_snapshot() override;

 private:
  class BothTargets;
  void open_log(const Content& expected, Content& read);
  void open_state(Content& read);
  [[noreturn]] void broken(const std::string& what) const;
  /// Throws unless this is how a write ends of which `end` was wanted.
  void check_end(const Result<void>& result, WriteEnd end, const FaultyFile& file) const;
  /// Throws an error.
  void need(const Result<void>& result) const;

  const Digest cluster_id_;
  const ReplicaId replica_;
  const std::shared_ptr<const TemporaryDirectory> files_;
  const std::filesystem::path directory_;
  const std::filesystem::path log_directory_;
  const std::filesystem::path state_directory_;
  Random random_;
  FaultyFile log_file_;
  FaultyFile state_file_;
  std::unique_ptr<LogStore> log_;      // null: the replica is down
  std::unique_ptr<StateStore> state_;  // likewise
  std::unique_ptr<BothTargets> targets_;
};

/// Each replica of a cluster that has not started gets stores. To be run_plan's preparation. Throws Broken.
void stand_on_lmdb(Cluster& cluster, Forces forces = Forces::count);

}  // namespace quorate::simulation
