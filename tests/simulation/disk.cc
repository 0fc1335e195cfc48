#include "tests/simulation/disk.h"

#include <iterator>
#include <utility>

namespace quorate::simulation {

struct Disk::Snapshot {
  LogImage log;
  std::map<SequenceNumber, CommittedBatch> retained;
  State state;
  bool whole = true;
  bool lost = false;
};

Disk::Disk() { begin_state(); }

void Disk::begin_state() {
  state_ = State();
  state_tree::rebuild(state_.entries, state_.nodes);
  target_.declare_whole();
  commits_.clear();
}

void Disk::lose_state() {
  begin_state();
  lost_ = true;
}

void Disk::lose(std::uint64_t nonce) {
  log_ = LogImage();
  log_.mute = nonce;
  retained_.clear();
  lose_state();
}

void Disk::take_snapshot() {
  snapshot_ = std::make_shared<const Snapshot>(Snapshot{log_, retained_, state_, whole(), lost_});
}

void Disk::roll_back() {
  const std::shared_ptr<const Snapshot> old = std::exchange(snapshot_, nullptr);
  log_ = old->log;
  retained_ = old->retained;
  state_ = old->state;
  lost_ = old->lost;
  old->whole ? target_.declare_whole() : target_.declare_broken();
}

void Disk::append(std::vector<NumberedRecord> records) {
  unforced_.insert(unforced_.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
}

std::vector<NumberedRecord> Disk::end_force() {
  const std::size_t records = std::exchange(under_way_, 0);
  return watched(DiskWrite::force, [&] { return force_arrives(records); });
}

std::vector<NumberedRecord> Disk::force_arrives(std::size_t records) {
  std::vector<NumberedRecord> durable;
  for (; records != 0; --records) {
    apply(unforced_.front().record);
    durable.push_back(std::move(unforced_.front()));
    unforced_.pop_front();
  }
  return durable;
}

void Disk::apply(const LogRecord& record) {
  if (const auto* collect = std::get_if<CollectRecord>(&record)) {
    const auto end = log_.committed.upper_bound(collect->bodies_through);
    retained_.insert(log_.committed.begin(), end);
    while (retained_.size() > retained_max_) retained_.erase(retained_.begin());
  }
  log_.apply(record);
}

std::vector<CommittedBatch> Disk::read_retained(SequenceNumber first, std::uint32_t count) const {
  std::vector<CommittedBatch> batches;
  for (auto found = retained_.lower_bound(first); found != retained_.end() && found->first - first < count; ++found) {
    batches.push_back(found->second);
  }
  return batches;
}

SequenceNumber Disk::end_commit() {
  return watched(DiskWrite::commit, [this] { return commit_arrives(); });
}

SequenceNumber Disk::commit_arrives() {
  State& next = commits_.front();
  next.blocks.merge(state_.blocks);
  state_ = std::move(next);
  commits_.pop_front();
  return state_.n;
}

void Disk::prepend(const std::vector<Block>& blocks) {
  const SequenceNumber joint = state_.blocks.empty() ? state_.n + 1 : state_.blocks.begin()->first;
  if (!whole() || blocks.back().n + 1 != joint) return;
  for (const Block& block : blocks) state_.blocks.emplace(block.n, block);
}

void Disk::crash(Random& random) {
  if (forcing() && random.one_in(2)) force_arrives(under_way_);
  if (has_commit() && random.one_in(2)) commit_arrives();
  crash();
}

void Disk::crash() {
  unforced_.clear();
  under_way_ = 0;
  commits_.clear();
}

}  // namespace quorate::simulation
