#include "tests/simulation/disk.h"

#include <iterator>
#include <utility>

namespace quorate::simulation {

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
  state_ = std::move(commits_.front());
  commits_.pop_front();
  return state_.n;
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
