// A replica's state in memory with the tree over it, brought up to date at each checkpoint.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/memory_transfer_store.h"

namespace quorate::simulation {

class TrackedMap final : public OrderedMap {
 public:
  explicit TrackedMap(testing::MemoryState state) { replace(std::move(state)); }

  std::optional<Bytes> get(ByteView key) const override { return state_.entries.get(key); }
  void put(ByteView key, ByteView value) override {
    state_.entries.put(key, value);
    changed_.emplace(key.begin(), key.end());
  }
  void erase(ByteView key) override {
    state_.entries.erase(key);
    changed_.emplace(key.begin(), key.end());
  }
  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) const override {
    return state_.entries.lower_bound(from);
  }

  /// The state as of n, with its tree.
  const testing::MemoryState& settle(SequenceNumber n) {
    state_tree::update(state_.entries, state_.nodes, std::vector<Bytes>(changed_.begin(), changed_.end()));
    changed_.clear();
    state_.n = n;
    return state_;
  }
  void replace(testing::MemoryState state) {
    state_ = std::move(state);
    blocks_ = std::exchange(state_.blocks, {});
    changed_.clear();
  }
  const MemoryMap& entries() const { return state_.entries; }

  /// The state's next block, which the next settled state brings along.
  void append(const Block& block) {
    if (!state_.blocks.empty() && state_.blocks.begin()->first <= state_.n) state_.blocks.clear();
    state_.blocks.emplace(block.n, block);
    blocks_.emplace(block.n, block);
  }
  void prepend(const std::vector<Block>& older) {
    for (const Block& block : older) blocks_.emplace(block.n, block);
  }
  const std::map<SequenceNumber, Block>& blocks() const { return blocks_; }

 private:
  testing::MemoryState state_;  // its blocks: those since it was settled last
  std::map<SequenceNumber, Block> blocks_;
  std::set<Bytes, ByteOrder> changed_;
};

}  // namespace quorate::simulation
