// Real stores behind the model of a disk: they are told all that becomes durable, and read back after each crash.
//
// A run has none unless it asks for them (lmdb/). They decide nothing: what was under way at a crash arrives when the
// model says so, and a run with them has the same trace.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "replica/core/core.h"
#include "tests/support/memory_transfer_store.h"

namespace quorate::simulation {

/// How a write to the stores ends.
enum class WriteEnd : std::uint8_t {
  returns,  // it is there
  arrives,  // the process ends in it, and it is there
  is_lost,  // the process ends in it, and it is not there
};

class DiskStores {
 public:
  /// Of a disk that no process uses.
  struct Content {
    LogImage log;
    std::map<SequenceNumber, CommittedBatch> retained;
    testing::MemoryState state;
    bool whole = true;  // else `state` is a transfer's unfinished work
  };

  virtual ~DiskStores() = default;

  // Of a replica that is down:

  /// As a replica's start does it. Throws Broken unless they hold what is expected; returns what they hold.
  virtual Content open(const Content& expected) = 0;
  virtual void lose_state() = 0;
  virtual void lose(std::uint64_t nonce) = 0;
  virtual void roll_back() = 0;

  // Of a replica that is up; all throw Broken when a store refuses:

  virtual void append(std::span<const NumberedRecord> records, WriteEnd end) = 0;
  virtual void commit(const testing::MemoryState& before, const testing::MemoryState& next, WriteEnd end) = 0;
  virtual void prepend(const std::vector<Block>& blocks) = 0;
  /// Whose writes go to the model too.
  virtual TransferStore& transfer_target(TransferStore& model) = 0;
  /// The process ends; what was written and not forced may be lost.
  virtual void crash() = 0;

  /// Of any replica.
  virtual void take_snapshot() = 0;
};

}  // namespace quorate::simulation
