#include "client/client_core.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "crypto/check.h"
#include "messages/limits.h"

namespace quorate {

template <typename AnyFlights>
auto ClientCore::find(AnyFlights& flights, Timestamp t) {
  auto found = flights.upper_bound(t);
  if (found == flights.begin()) return flights.end();
  --found;
  const auto& [first, flight] = *found;
  const bool unanswered = t - first < flight.operations.size() && !flight.operations[t - first].answered;
  return unanswered ? found : flights.end();
}

OperationId ClientCore::submit(Bytes operation) {
  check(!operation.empty() && operation.size() <= limits::operation_bytes_max, "an operation obeys the size limit");
  queue_.push_back({OperationId(++last_id_), std::move(operation)});
  return queue_.back().id;
}

OperationId ClientCore::submit_at(Timestamp t, Bytes operation) {
  check(!operation.empty() && operation.size() <= limits::operation_bytes_max, "an operation obeys the size limit");
  check(t.value != 0 && !under_way_at(t), "a given timestamp is free");
  const OperationId id(++last_id_);
  given_.emplace(t, Queued{id, std::move(operation)});
  if (started()) next_ = std::max(*next_, t + 1);
  return id;
}

Timestamp ClientCore::allot(std::uint64_t count) {
  check(started() && timestamps_wanted(count) == 0, "timestamps are reserved before they are allotted");
  return std::exchange(*next_, *next_ + count);
}

std::uint64_t ClientCore::timestamps_wanted(std::uint64_t more) const {
  if (!started()) return 0;
  const Timestamp end = *next_ + (queue_.size() + more);
  return end > reserved_end_ ? end - reserved_end_ : 0;
}

void ClientCore::reserved(Timestamp end) { reserved_end_ = std::max(reserved_end_, end); }

bool ClientCore::withdraw(OperationId operation) {
  const auto queued =
      std::find_if(queue_.begin(), queue_.end(), [&](const auto& held) { return held.id == operation; });
  if (queued != queue_.end()) return queue_.erase(queued), true;
  const auto given =
      std::find_if(given_.begin(), given_.end(), [&](const auto& held) { return held.second.id == operation; });
  if (given != given_.end()) return given_.erase(given), true;
  return false;
}

std::optional<SignedAs> ClientCore::pin(OperationId operation) {
  for (auto& [first, flight] : flights_) {
    for (std::size_t i = 0; i < flight.operations.size(); ++i) {
      Asked& asked = flight.operations[i];
      if (asked.id != operation || asked.answered) continue;
      asked.pinned = true;
      return SignedAs{first + i, asked.digest};
    }
  }
  return std::nullopt;
}

std::optional<OperationId> ClientCore::under_way_at(Timestamp t) const {
  if (const auto waiting = given_.find(t); waiting != given_.end()) return waiting->second.id;
  const auto flight = find(flights_, t);
  if (flight == flights_.end()) return std::nullopt;
  return flight->second.operations[t - flight->first].id;
}

void ClientCore::step(const Verified<Message>& message, ReplicaId from) {
  if (const auto reason = refusal_of(*message, from)) {
    ++rejects_[static_cast<std::size_t>(*reason)];
    return;
  }
  if (const auto* replies = std::get_if<Replies>(&*message)) return take(*replies);
  if (const auto* refusal = std::get_if<Refusal>(&*message)) return take(*refusal);
  take(std::get<MarkAnswer>(*message));
}

void ClientCore::hint(ReplicaId from, View view) {
  if (from.value < hints_.size()) hints_[from.value] = view;
}

View ClientCore::view() const {
  std::vector<View> sorted = hints_;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  return sorted[quorums_.weak_quorum() - 1];
}

std::optional<Reject> ClientCore::refusal_of(const Message& message, ReplicaId from) const {
  const auto judge = [this, from](const auto& answer) -> std::optional<Reject> {
    if (answer.replica != from) return Reject::sender_not_channel;
    if (from.value >= quorums_.replicas()) return Reject::unknown_replica;
    return refusal_of(answer);
  };
  if (const auto* replies = std::get_if<Replies>(&message)) return judge(*replies);
  if (const auto* refusal = std::get_if<Refusal>(&message)) return judge(*refusal);
  if (const auto* answer = std::get_if<MarkAnswer>(&message)) return judge(*answer);
  return Reject::not_wanted;
}

std::optional<Reject> ClientCore::refusal_of(const Replies& replies) const {
  for (const Leaf& leaf : replies.leaves) {
    if (leaf.client != self_) continue;
    const auto flight = find(flights_, leaf.timestamp);
    if (flight == flights_.end()) continue;
    const Asked& asked = flight->second.operations[leaf.timestamp - flight->first];
    if (!asked.votes.has_leaf_of(replies.replica)) return std::nullopt;
  }
  return Reject::not_wanted;
}

std::optional<Reject> ClientCore::refusal_of(const Refusal& refusal) const {
  if (refusal.client != self_) return Reject::unknown_client;
  const auto flight = find(flights_, refusal.timestamp);
  if (flight == flights_.end()) return Reject::not_wanted;
  const Asked& asked = flight->second.operations[refusal.timestamp - flight->first];
  const bool known = refusal.reason == RefusalReason::busy ? flight->second.busy.contains(refusal.replica)
                                                           : asked.votes.has_refusal_of(refusal.replica);
  if (known) return Reject::duplicate;
  return std::nullopt;
}

std::optional<Reject> ClientCore::refusal_of(const MarkAnswer& answer) const {
  if (answer.client != self_) return Reject::unknown_client;
  if (started() || answer.nonce != nonce_) return Reject::not_wanted;
  if (marks_.has_answer_of(answer.replica)) return Reject::duplicate;
  return std::nullopt;
}

void ClientCore::take(const Replies& replies) {
  hint(replies.replica, replies.view_hint);
  for (const Leaf& leaf : replies.leaves) {
    if (leaf.client != self_) continue;
    const auto flight = find(flights_, leaf.timestamp);
    if (flight == flights_.end()) continue;
    Asked& asked = flight->second.operations[leaf.timestamp - flight->first];
    const auto fate = asked.votes.add(leaf, asked.digest, replies.replica, quorums_.replies_for_client());
    if (fate) complete(leaf.timestamp, *fate, &leaf);
  }
}

void ClientCore::take(const Refusal& refusal) {
  const auto flight = find(flights_, refusal.timestamp);
  if (refusal.reason == RefusalReason::busy) return note_busy(flight, refusal.replica);
  Asked& asked = flight->second.operations[refusal.timestamp - flight->first];
  if (const auto fate = asked.votes.refuse(refusal.replica, quorums_.replies_for_client())) {
    complete(refusal.timestamp, *fate, nullptr);
  }
}

void ClientCore::take(const MarkAnswer& answer) {
  hint(answer.replica, answer.view_hint);
  if (const auto newest = marks_.add(answer)) start_after(*newest);
}

/// A memory that is older than what the cluster has seen of this client was not the only one: another program used the
/// key. Then, as without memory, only a distance of W + 1 is above everything that former lives may have used.
void ClientCore::start_after(Timestamp newest) {
  const bool trusted = remembered_ && *remembered_ > newest;
  next_ = trusted ? *remembered_ : newest + (client_window_ + 1);
  life_first_ = *next_;
  if (!given_.empty()) next_ = std::max(*next_, given_.rbegin()->first + 1);
}

void ClientCore::complete(Timestamp t, Fate fate, const Leaf* leaf) {
  const auto flight = find(flights_, t);
  Asked& asked = flight->second.operations[t - flight->first];
  if (fate == Fate::never && !asked.pinned) {
    // A former life used this t. As the operation provably never runs here, it may be asked again under a new t.
    const ByteView operation = std::get<Request>(*flight->second.request).bundle->view().operations[t - flight->first];
    queue_.push_front({asked.id, Bytes(operation.begin(), operation.end())});
  } else {
    completions_.push_back({asked.id, fate, leaf != nullptr ? *leaf : Leaf()});
  }
  if (fate != Fate::executed) flight->second.broken = true;
  asked.answered = true;
  asked.votes = OperationVotes();
  --operations_in_flight_;
  if (--flight->second.open > 0) return;
  answered_.push_back(flight->second.first_sent);
  bytes_in_flight_ -= flight->second.bytes;
  flights_.erase(flight);
}

}  // namespace quorate
