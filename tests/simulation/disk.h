// A replica's virtual disk: what survives a crash and what does not.
//
// The log is an image that moves by forces; what is not forced is lost. The state moves by whole checkpoints. Of what
// was under way at the crash, all or nothing arrived: LMDB's commits are atomic. Timing is the host's. Real stores can
// stand behind it.
#pragma once

#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <type_traits>
#include <vector>

#include "replica/core/core.h"
#include "replica/service/ordered_map.h"
#include "tests/simulation/disk_stores.h"
#include "tests/simulation/power_cuts.h"
#include "tests/simulation/random.h"
#include "tests/support/memory_transfer_store.h"

namespace quorate::simulation {

class Disk {
 public:
  Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// Before the first start: these stores, which are new, hold what is here too.
  void stand_on(std::unique_ptr<DiskStores> stores);
  /// A replica starts on it: what the stores hold is compared with what is here, and used.
  void open();

  // --- the log ---

  void append(std::vector<NumberedRecord> records);
  bool has_unforced() const { return !unforced_.empty(); }
  const std::deque<NumberedRecord>& unforced() const { return unforced_; }
  /// All records that are there now are under way.
  void begin_force() { under_way_ = unforced_.size(); }
  bool forcing() const { return under_way_ != 0; }
  /// Returns the records that became durable.
  std::vector<NumberedRecord> end_force();
  const LogImage& log() const { return log_; }
  /// Retained batches first … first + count − 1, as far as there are any.
  std::vector<CommittedBatch> read_retained(SequenceNumber first, std::uint32_t count) const;

  // --- the state ---

  using State = testing::MemoryState;
  void freeze(State state) { commits_.push_back(std::move(state)); }
  bool has_commit() const { return !commits_.empty(); }
  std::size_t commits() const { return commits_.size(); }
  /// The oldest frozen state becomes durable. Returns its slot.
  SequenceNumber end_commit();
  const State& state() const { return state_; }
  void drop_commits() { commits_.clear(); }

  /// Older blocks of the ledger are forced, if they end where those of the durable state begin.
  void prepend(const std::vector<Block>& blocks);

  /// A transfer writes straight to the disk.
  TransferStore& transfer_target() { return watched_target_; }
  /// What is on the disk is a state, and not a transfer's unfinished work.
  bool whole() const { return target_.whole(); }
  /// The state's disk is lost and another one is put in; the log's is not.
  void lose_state();
  /// Everything is lost and another disk is put in: an empty log that is mute, with this nonce.
  void lose(std::uint64_t nonce);
  /// Keeps a copy of everything durable, which `roll_back` puts back once.
  void take_snapshot();
  bool has_snapshot() const { return snapshot_ != nullptr; }
  void roll_back();
  /// False once the state's disk was lost, and during a transfer: then the state may lack what the log has dropped.
  bool promises_state() const { return whole() && !lost_; }

  /// Retained batches beyond this number are dropped, oldest first.
  void retain(std::size_t batches_max) { retained_max_ = batches_max; }

  /// Called at each write, before it arrived and after; may throw, which is a crash at that point.
  using Watch = std::function<void(DiskWrite, bool arrived)>;
  void watch(Watch watch) { watch_ = std::move(watch); }
  /// Loses what is not durable; what is under way arrived or did not.
  void crash(Random& random);
  /// Loses what is not durable.
  void crash();

 private:
  /// The transfer's writes are watched too.
  class WatchedTarget final : public TransferStore {
   public:
    explicit WatchedTarget(Disk& disk) : disk_(disk) {}
    const Table& entries() const override { return disk_.written_to_->entries(); }
    const Table& nodes() const override { return disk_.written_to_->nodes(); }
    Result<void> begin() override {
      return disk_.watched(DiskWrite::transfer, [this] { return disk_.written_to_->begin(); });
    }
    Result<void> write(const std::vector<Group>& groups) override {
      return disk_.watched(DiskWrite::transfer, [&] { return disk_.written_to_->write(groups); });
    }
    Result<Digest> complete() override {
      return disk_.watched(DiskWrite::transfer, [&] { return disk_.written_to_->complete(); });
    }
    Result<void> finish(SequenceNumber n, const Digest& root) override {
      return disk_.watched(DiskWrite::transfer, [&] { return disk_.written_to_->finish(n, root); });
    }

   private:
    Disk& disk_;
  };

  template <typename Write>
  std::invoke_result_t<Write> watched(DiskWrite kind, const Write& write) {
    if (watch_) watch_(kind, false);
    std::invoke_result_t<Write> result = write();
    if (watch_) watch_(kind, true);
    return result;
  }
  void begin_state();
  std::vector<NumberedRecord> force(WriteEnd end);
  SequenceNumber commit(WriteEnd end);
  void apply(const LogRecord& record);

  LogImage log_;
  std::map<SequenceNumber, CommittedBatch> retained_;
  std::deque<NumberedRecord> unforced_;
  std::size_t under_way_ = 0;
  std::size_t retained_max_ = std::numeric_limits<std::size_t>::max();
  State state_;
  testing::MemoryTransferStore target_{state_};
  std::unique_ptr<DiskStores> stores_;    // null: none
  TransferStore* written_to_ = &target_;  // through the stores, if there are any
  WatchedTarget watched_target_{*this};
  Watch watch_;
  bool lost_ = false;
  std::deque<State> commits_;

  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace quorate::simulation
