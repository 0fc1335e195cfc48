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

void Disk::stand_on(std::unique_ptr<DiskStores> stores) {
  stores_ = std::move(stores);
  written_to_ = &stores_->transfer_target(target_);
}

void Disk::open() {
  if (!stores_) return;
  DiskStores::Content read = stores_->open({log_, retained_, state_, whole()});
  log_ = std::move(read.log);
  if (whole()) state_ = std::move(read.state);
}

void Disk::begin_state() {
  state_ = State();
  state_tree::rebuild(state_.entries, state_.nodes);
  target_.declare_whole();
  commits_.clear();
}

void Disk::lose_state() {
  if (stores_) stores_->lose_state();
  begin_state();
  lost_ = true;
}

void Disk::lose(std::uint64_t nonce) {
  if (stores_) stores_->lose(nonce);
  log_ = LogImage();
  log_.mute = nonce;
  retained_.clear();
  begin_state();
  lost_ = true;
}

void Disk::take_snapshot() {
  if (stores_) stores_->take_snapshot();
  snapshot_ = std::make_shared<const Snapshot>(Snapshot{log_, retained_, state_, whole(), lost_});
}

void Disk::roll_back() {
  if (stores_) stores_->roll_back();
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
  return watched(DiskWrite::force, [this] { return force(WriteEnd::returns); });
}

/// What is under way; returns what of it is durable.
std::vector<NumberedRecord> Disk::force(WriteEnd end) {
  const auto first = unforced_.begin();
  const auto last = first + static_cast<std::ptrdiff_t>(std::exchange(under_way_, 0));
  std::vector<NumberedRecord> records(std::make_move_iterator(first), std::make_move_iterator(last));
  unforced_.erase(first, last);
  if (stores_) stores_->append(records, end);
  if (end == WriteEnd::is_lost) return {};
  for (const NumberedRecord& record : records) apply(record.record);
  return records;
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
  return watched(DiskWrite::commit, [this] { return commit(WriteEnd::returns); });
}

SequenceNumber Disk::commit(WriteEnd end) {
  State& next = commits_.front();
  if (stores_) stores_->commit(state_, next, end);
  if (end != WriteEnd::is_lost) {
    next.blocks.merge(state_.blocks);
    state_ = std::move(next);
  }
  commits_.pop_front();
  return state_.n;
}

void Disk::prepend(const std::vector<Block>& blocks) {
  const SequenceNumber joint = state_.blocks.empty() ? state_.n + 1 : state_.blocks.begin()->first;
  if (!whole() || blocks.back().n + 1 != joint) return;
  if (stores_) stores_->prepend(blocks);
  for (const Block& block : blocks) state_.blocks.emplace(block.n, block);
}

void Disk::crash(Random& random) {
  const auto end = [&random] { return random.one_in(2) ? WriteEnd::arrives : WriteEnd::is_lost; };
  if (forcing()) force(end());
  if (has_commit()) commit(end());
  crash();
}

void Disk::crash() {
  unforced_.clear();
  under_way_ = 0;
  commits_.clear();
  if (stores_) stores_->crash();
}

}  // namespace quorate::simulation
