#include "replica/service/state_transfer.h"

#include <algorithm>

#include "crypto/check.h"
#include "messages/limits.h"
#include "replica/service/state_contents.h"
#include "replica/service/state_merge.h"

namespace quorate {
namespace {

using state_tree::Entry;
using state_tree::Node;
constexpr std::uint64_t gather_us = 1'000'000;       // offers of the newest states
constexpr std::uint64_t gather_next_us = 1'500'000;  // offers of a state that is still to come
constexpr std::uint64_t query_us = 100'000;          // until who has not offered is asked again
constexpr std::uint8_t landmark_levels = 2;          // below the top: some hundred nodes
constexpr std::size_t unwritten_bytes_max = 4 * 1024 * 1024;

std::size_t bytes_of(const std::vector<TransferStore::Change>& changes) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : changes) bytes += key.size() + (value ? value->size() : 0);
  return bytes;
}

}  // namespace

StateTransfer::StateTransfer(const Genesis& genesis, ReplicaId self, const MessageSigner& signer, TransferStore& store)
    : genesis_(genesis), self_(self), signer_(signer), store_(store) {}

// --- which state, and from whom ---

void StateTransfer::begin(SequenceNumber at_least, SteadyTime now) {
  check(!active(), "one state is fetched at a time");
  at_least_ = at_least;
  round_ = 0;
  bytes_ = 0;
  liars_.clear();
  note(store_.begin());
  gather(now);
}

// While the cluster moves on, each peer's newest state is another. So every second round asks for one that is still to
// come, which all that are not beyond it will offer.
void StateTransfer::gather(SteadyTime now) {
  if (phase_ == Phase::fetching) complete();
  phase_ = Phase::gathering;
  const bool of_next = round_ % 2 == 1;
  queried_ = at_least_;
  if (of_next) {
    for (const auto& [peer, offer] : offers_) queried_ = std::max(queried_, offer.n + genesis_.checkpoint_interval);
  }
  offers_.clear();
  sources_.clear();
  items_.clear();
  target_.reset();
  deadline_ = now + (of_next ? gather_next_us : gather_us);
  query(now);
}

// Again and again: a peer may be connected to us only after the first time.
void StateTransfer::query(SteadyTime now) {
  next_query_ = std::min(now + query_us, deadline_);
  for (std::uint32_t i = 0; i < genesis_.replica_keys.size(); ++i) {
    const ReplicaId peer(i);
    if (peer == self_ || liars_.contains(peer) || offers_.contains(peer)) continue;
    StateQuery query{self_, queried_, {}};
    signer_.sign(query);
    output_.sends.emplace_back(peer, query);
  }
}

// f+1 peers that offer the same state are right, since one of them is loyal. Who offers it later is a source too.
void StateTransfer::step(const StateOffer& offer, ReplicaId from, SteadyTime now) {
  if (phase_ == Phase::idle || liars_.contains(from) || offer.replica != from || offer.n < at_least_) return;
  const Target offered{offer.n, offer.root};
  if (phase_ == Phase::fetching) {
    if (offered == *target_ && sources_.emplace(from, Source()).second) ask(now);
    return;
  }
  offers_.insert_or_assign(from, offered);
  const auto alike = std::ranges::count_if(offers_, [&](const auto& other) { return other.second == offered; });
  if (static_cast<std::uint32_t>(alike) >= genesis_.quorums().weak_quorum()) {
    fetch(offered, now);
  } else if (offers_.size() + 1 + liars_.size() >= genesis_.replica_keys.size()) {
    gather_again(now);
  }
}

void StateTransfer::gather_again(SteadyTime now) {
  ++round_;
  gather(now);
}

void StateTransfer::fetch(const Target& target, SteadyTime now) {
  ++round_;
  phase_ = Phase::fetching;
  target_ = target;
  for (const auto& [peer, offer] : offers_)
    if (offer == target) sources_.emplace(peer, Source());
  items_.emplace(Bytes(), Item());
  ask(now);
}

// --- what comes ---

void StateTransfer::step(const StateParts& parts, ReplicaId from, SteadyTime now) {
  const auto source = sources_.find(from);
  if (phase_ != Phase::fetching || source == sources_.end() || parts.n != target_->n) return;
  if (parts.parts.empty()) {
    drop(from);  // it keeps this state no longer
  } else if (const auto request = answered(source->second, parts)) {
    source->second.missed = 0;
    release(*request);
    for (std::size_t i = 0; i < parts.parts.size(); ++i) {
      if (take_part(parts.parts[i], request->wants[i])) continue;
      liars_.insert(from);
      drop(from);
      break;
    }
  }
  finish_if_done(now);
  if (phase_ == Phase::fetching) go_on(now);
}

bool StateTransfer::take_part(const StatePart& part, const StateWant& want) {
  const auto at = items_.find(want.first);
  // Another answer came first.
  if (at == items_.end() || at->second.kind != want.kind || at->second.level != want.level) return true;
  if (at->second.selected != want.selected) return true;
  bytes_ += part.first.size() + part.content.size();
  switch (part.kind) {
    case StatePartKind::root:
      return take_root(part);
    case StatePartKind::children:
      return take_children(at, part);
    case StatePartKind::digests:
      return take_digests(at, part);
    case StatePartKind::entries:
      return take_entries(at, part);
  }
  return false;
}

bool StateTransfer::take_root(const StatePart& part) {
  const auto top = state_contents::top(part.content);
  if (!top || state_tree::root_digest(*top) != target_->root) return false;
  items_.clear();
  landmarks_.clear();
  top_level_ = top->level;
  expect(top->level, {{}, top->digest}, std::nullopt);
  return true;
}

bool StateTransfer::take_children(Items::iterator at, const StatePart& part) {
  const auto children = state_contents::children(part.content);
  const Item item = at->second;
  if (!children || !state_merge::in_order(*children, at->first, item.next)) return false;
  if (state_tree::node_digest(item.level, *children) != item.digest) return false;
  items_.erase(at);
  for (std::size_t i = 0; i < children->size(); ++i) {
    const bool last = i + 1 == children->size();
    expect(static_cast<std::uint8_t>(item.level - 1), (*children)[i],
           last ? item.next : std::optional((*children)[i + 1].first));
  }
  return true;
}

void StateTransfer::expect(std::uint8_t level, const Node& node, const std::optional<Bytes>& next) {
  if (level + landmark_levels >= top_level_) landmarks_.insert(node.first);
  const Table& nodes = store_.nodes();
  if (state_tree::node(nodes, level, node.first) == node.digest &&
      state_tree::next_first(nodes, level, node.first) == next) {
    return;
  }
  Item item;
  item.level = level;
  item.next = next;
  item.digest = node.digest;
  if (level > 1) {
    item.kind = StatePartKind::children;
  } else {
    const bool nothing_here = state_tree::entries_between(store_.entries(), node.first, next).empty();
    item.kind = nothing_here ? StatePartKind::entries : StatePartKind::digests;
  }
  items_.insert_or_assign(node.first, std::move(item));
}

bool StateTransfer::take_digests(Items::iterator at, const StatePart& part) {
  auto digests = state_contents::digests(part.content);
  if (!digests || digests->size() > 8 * limits::bitmap_bytes_max) return false;
  Item& item = at->second;
  const auto ours = state_tree::entries_between(store_.entries(), at->first, item.next);
  std::set<Bytes> held;
  for (const auto& [key, value] : ours) held.insert(state_tree::short_digest(key, value));
  item.kind = StatePartKind::entries;
  item.selected.assign((digests->size() + 7) / 8, 0);
  std::size_t missing = 0;
  for (std::size_t i = 0; i < digests->size(); ++i) {
    if (held.contains((*digests)[i])) continue;
    item.selected[i / 8] = static_cast<std::uint8_t>(item.selected[i / 8] | 1U << (i % 8));
    ++missing;
  }
  item.digests = std::move(*digests);
  if (missing == 0) {
    auto group = state_merge::merged(item.digests, item.selected, {}, ours);
    if (group && state_tree::group_digest(*group) == item.digest) {
      replace(at, std::move(*group));
      return true;
    }
  }
  if (missing == 0 || 2 * missing > item.digests.size()) item.selected.clear();
  return true;
}

bool StateTransfer::take_entries(Items::iterator at, const StatePart& part) {
  auto entries = state_contents::entries(part.content);
  if (!entries) return false;
  Item& item = at->second;
  if (!item.selected.empty()) {
    entries = state_merge::merged(item.digests, item.selected, std::move(*entries),
                                  state_tree::entries_between(store_.entries(), at->first, item.next));
  }
  const bool proven = entries && state_merge::in_order(*entries, at->first, item.next) &&
                      state_tree::group_digest(*entries) == item.digest;
  if (proven) {
    replace(at, std::move(*entries));
    return true;
  }
  // Short digests may collide, and whoever sent them may have lied: the group is fetched whole.
  return !std::exchange(item.selected, {}).empty();
}

// --- writing ---

void StateTransfer::replace(Items::iterator at, std::vector<Entry>&& entries) {
  const auto ours = state_tree::entries_between(store_.entries(), at->first, at->second.next);
  std::vector<TransferStore::Change> changes;
  changes.reserve(entries.size());
  const auto write = [&](Bytes key, std::optional<Bytes> value) {
    changes.push_back({std::move(key), std::move(value)});
  };
  auto own = ours.begin();
  for (auto& [key, value] : entries) {
    for (; own != ours.end() && ByteOrder()(own->first, key); ++own) write(own->first, std::nullopt);
    const bool same_key = own != ours.end() && own->first == key;
    if (!same_key || own->second != value) write(std::move(key), std::move(value));
    if (same_key) ++own;
  }
  for (; own != ours.end(); ++own) write(own->first, std::nullopt);
  unwritten_bytes_ += bytes_of(changes);
  unwritten_.insert_or_assign(at->first,
                              TransferStore::Group{at->first, at->second.next, at->second.digest, std::move(changes)});
  items_.erase(at);
  flush_if_much();
}

// In key order if possible, which fills the pages: what is behind something that is under way waits, unless it is much.
void StateTransfer::flush_if_much() {
  if (unwritten_bytes_ < unwritten_bytes_max) return;
  if (!items_.empty()) flush(&items_.begin()->first);
  if (unwritten_bytes_ >= unwritten_bytes_max) flush();
}

void StateTransfer::flush(const Bytes* before) {
  const auto end = before == nullptr ? unwritten_.end() : unwritten_.lower_bound(*before);
  if (unwritten_.begin() == end) return;
  std::vector<TransferStore::Group> groups;
  for (auto next = unwritten_.begin(); next != end; ++next) {
    unwritten_bytes_ -= bytes_of(next->second.changes);
    groups.push_back(std::move(next->second));
  }
  unwritten_.erase(unwritten_.begin(), end);
  note(store_.write(groups));
}

/// Writes what is proven; the root over what is here then.
Digest StateTransfer::complete() {
  flush();
  const auto root = store_.complete();
  if (!root) note(tl::unexpected(root.error()));
  return root.value_or(Digest());
}

void StateTransfer::finish_if_done(SteadyTime now) {
  if (!items_.empty() || output_.failed) return;
  if (const Digest root = complete(); root != target_->root && !output_.failed) {
    // Our nodes were not those of our entries, so that the walk passed over a difference.
    note(store_.begin());
    return gather(now);
  }
  if (output_.failed) return;
  note(store_.finish(target_->n, target_->root));
  phase_ = Phase::idle;
  if (!output_.failed) output_.done = target_;
}

void StateTransfer::note(const Result<void>& done) {
  if (!done && !output_.failed) output_.failed = done.error();
}

StateTransfer::Progress StateTransfer::progress() const {
  Progress progress{target_ ? target_->n : SequenceNumber(), bytes_, 0};
  if (phase_ != Phase::fetching || items_.empty() || landmarks_.empty()) return progress;
  const auto passed = std::distance(landmarks_.begin(), landmarks_.lower_bound(items_.begin()->first));
  progress.percent = static_cast<std::uint32_t>(100 * static_cast<std::size_t>(passed) / landmarks_.size());
  return progress;
}

StateTransfer::Output StateTransfer::take() { return std::exchange(output_, {}); }

}  // namespace quorate
