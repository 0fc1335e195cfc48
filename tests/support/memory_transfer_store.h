// A state with its tree in memory, as a transfer's target and as a view that peers are served from.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "messages/block.h"
#include "replica/service/ordered_map.h"
#include "replica/service/state_transfer.h"
#include "replica/service/state_tree.h"
#include "replica/service/state_view.h"

namespace quorate::testing {

/// Entries and the nodes over them, at n.
struct MemoryState {
  SequenceNumber n;
  MemoryMap entries;
  MemoryMap nodes;
  std::map<SequenceNumber, Block> blocks;  // of the ledger: one run up to n

  Digest root() const { return state_tree::root_digest(state_tree::top(nodes)); }
};

class MemoryView final : public StateView {
 public:
  explicit MemoryView(std::shared_ptr<const MemoryState> state) : state_(std::move(state)) {}
  SequenceNumber n() const override { return state_->n; }
  const Table& entries() const override { return state_->entries; }
  const Table& nodes() const override { return state_->nodes; }

 private:
  std::shared_ptr<const MemoryState> state_;
};

class MemoryTransferStore final : public TransferStore {
 public:
  explicit MemoryTransferStore(MemoryState& state) : state_(state) {}

  const Table& entries() const override { return state_.entries; }
  const Table& nodes() const override { return state_.nodes; }
  Result<void> begin() override {
    whole_ = false;
    state_.blocks.clear();
    state_tree::rebuild(state_.entries, state_.nodes);
    return {};
  }
  Result<void> write(const std::vector<Group>& groups) override {
    for (const Group& group : groups) {
      for (const Change& change : group.changes) {
        change.value ? state_.entries.put(change.key, *change.value) : state_.entries.erase(change.key);
      }
      state_tree::put_group(state_.nodes, group.first, group.next, group.digest);
    }
    ++writes_;
    return {};
  }
  Result<Digest> complete() override {
    state_tree::rebuild_above_groups(state_.nodes);
    return state_.root();
  }
  Result<void> finish(SequenceNumber n, const Digest&) override {
    state_.n = n;
    declare_whole();
    return {};
  }

  bool whole() const { return whole_; }
  void declare_whole() { whole_ = true; }
  /// What is here is a transfer's unfinished work.
  void declare_broken() { whole_ = false; }
  std::size_t writes() const { return writes_; }

 private:
  MemoryState& state_;
  bool whole_ = true;
  std::size_t writes_ = 0;
};

}  // namespace quorate::testing
