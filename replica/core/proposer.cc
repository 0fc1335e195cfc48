#include "replica/core/proposer.h"

#include <algorithm>
#include <set>

#include "messages/limits.h"

namespace quorate {
namespace {

/// Between null batches: far below a view's timeout, and of little weight beside requests.
constexpr std::uint64_t null_interval_us = 2'000;

}  // namespace

Proposer::Proposer(const Context& context, const Admission& admission, WaitingRejoins& rejoins,
                   const Decisions& decisions, Slots& slots)
    : context_(context),
      admission_(admission),
      rejoins_(rejoins),
      decisions_(decisions),
      slots_(slots),
      queues_(context.quorums.replicas() + 1) {}

void Proposer::add(const BundlePtr& bundle, Channel from) {
  const auto* replica = std::get_if<ReplicaId>(&from);
  (replica != nullptr ? queues_[replica->value] : queues_.back()).push_back(bundle);
}

void Proposer::restart() {
  for (Queue& queue : queues_) queue.clear();
  std::set<Digest> proposed;
  std::vector<Rejoin> rejoins;
  for (SequenceNumber n = decisions_.last_executed() + 1; n < next_free(); ++n) {
    const Slot* slot = slots_.find(n);
    if (slot == nullptr || !slot->accepted || !slot->accepted->batch) continue;
    for (const BundleView& bundle : slot->accepted->batch->bundles()) proposed.insert(bundle_digest(bundle));
    const auto entries = slot->accepted->batch->rejoins();
    rejoins.insert(rejoins.end(), entries.begin(), entries.end());
  }
  rejoins_.restart(rejoins);
  for (const BundlePtr& bundle : admission_.all()) {
    if (!proposed.contains(bundle->digest())) queues_.back().push_back(bundle);
  }
}

BundlePtr Proposer::front() {
  const auto head = [&](Queue& queue) -> BundlePtr {
    while (!queue.empty() && !admission_.admitted(*queue.front())) queue.pop_front();
    chosen_ = &queue;
    return queue.empty() ? nullptr : queue.front();
  };
  const std::size_t replicas = queues_.size() - 1;
  for (std::size_t i = 0; i < replicas; ++i) {
    const std::size_t place = (turn_ + i) % replicas;
    if (BundlePtr bundle = head(queues_[place])) {
      turn_ = place;
      return bundle;
    }
  }
  return head(queues_.back());
}

void Proposer::pop() {
  if (chosen_ != &queues_.back()) turn_ = (turn_ + 1) % (queues_.size() - 1);
  chosen_->pop_front();
}

std::vector<BundlePtr> Proposer::gather(std::size_t entries, std::size_t bytes) {
  std::vector<BundlePtr> bundles;
  while (bundles.size() + entries < limits::batch_entries_max) {
    BundlePtr bundle = front();
    if (!bundle) break;
    bytes += Batch::entry_bytes(bundle->view());
    if (bytes > limits::batch_bytes_max) break;
    bundles.push_back(std::move(bundle));
    pop();
  }
  return bundles;
}

SequenceNumber Proposer::next_free() const { return std::max(slots_.highest_accepted(), decisions_.highest()) + 1; }

void Proposer::propose() {
  if (!context_.leads()) return;
  for (SequenceNumber n = next_free(); context_.in_window(n); ++n) {
    if (n - decisions_.last_executed() > context_.options.pipeline_depth) return;
    const std::vector<Rejoin> rejoins = rejoins_.to_propose();
    std::size_t bytes = Batch::header_bytes;
    for (const Rejoin& rejoin : rejoins) bytes += Batch::entry_bytes(rejoin);
    const std::vector<BundlePtr> bundles = gather(rejoins.size(), bytes);
    if (!bundles.empty() || !rejoins.empty()) {
      propose(n, Batch::build(context_.now.wall, bundles, rejoins));
    } else if (null_is_wanted() && context_.now.steady >= next_null_) {
      next_null_ = context_.now.steady + null_interval_us;
      propose(n, nullptr);
    } else {
      return;
    }
  }
}

void Proposer::propose(SequenceNumber n, const BatchPtr& batch) {
  const PrePrepareHeader header{context_.view, n, batch ? batch->digest() : null_digest()};
  slots_.propose({header, context_.signer.sign_header(header), batch});
}

/// One at a time, and no more than it takes to the floor.
bool Proposer::null_is_wanted() const {
  const SequenceNumber n = next_free();
  return n <= rejoins_.floor() && n == decisions_.last_executed() + 1;
}

std::optional<SteadyTime> Proposer::next() const {
  if (!context_.leads() || !null_is_wanted() || !context_.in_window(next_free())) return std::nullopt;
  return next_null_;
}

}  // namespace quorate
