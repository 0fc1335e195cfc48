// Ends processes exactly at chosen writes: every write to a disk is a point, before it arrived and after.
//
// A write is a force of the log, a commit of the state, or a write of a state transfer. What is under way at a cut is
// lost or there, as the cut says; after it nothing of the process runs any more.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "messages/types.h"

namespace quorate::simulation {

enum class DiskWrite : std::uint8_t { force, commit, transfer };
inline constexpr std::size_t disk_writes = 3;

/// The `number`-th write of this replica, counted from 1 since the cut before.
struct PowerCut {
  ReplicaId replica;
  std::uint64_t number = 1;
  bool arrived = false;  // the write is on the disk
  bool all = false;      // all replicas end, not only this one
};

/// Thrown where a process ends.
struct ProcessEnds {
  ReplicaId replica;
  bool all = false;
};

class PowerCuts {
 public:
  using Counts = std::map<ReplicaId, std::array<std::uint64_t, disk_writes>>;

  /// One after the other.
  void plan(std::vector<PowerCut> cuts) { cuts_ = std::move(cuts); }
  /// Throws ProcessEnds at a chosen point.
  void reached(ReplicaId replica, DiskWrite write, bool arrived) {
    if (!arrived) {
      ++counts_[replica][static_cast<std::size_t>(write)];
      ++since_cut_[replica];
    }
    if (done_ == cuts_.size()) return;
    const PowerCut& next = cuts_[done_];
    if (next.replica != replica || next.arrived != arrived || next.number != since_cut_[replica]) return;
    ++done_;
    since_cut_.clear();
    throw ProcessEnds{replica, next.all};
  }
  /// How many cuts were made.
  std::size_t done() const { return done_; }
  /// All writes so far.
  const Counts& counts() const { return counts_; }

 private:
  std::vector<PowerCut> cuts_;
  std::size_t done_ = 0;
  Counts counts_;
  std::map<ReplicaId, std::uint64_t> since_cut_;
};

}  // namespace quorate::simulation
