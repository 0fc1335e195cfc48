#include "client/client_core.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "crypto/check.h"
#include "messages/limits.h"

namespace quorate {

OperationId ClientCore::submit(Bytes operation) {
  check(!operation.empty() && operation.size() <= limits::operation_bytes_max, "an operation obeys the size limit");
  queue_.push_back({OperationId(++last_id_), std::move(operation)});
  return queue_.back().id;
}

bool ClientCore::withdraw(OperationId operation) {
  const auto found =
      std::find_if(queue_.begin(), queue_.end(), [&](const Queued& queued) { return queued.id == operation; });
  if (found == queue_.end()) return false;
  queue_.erase(found);
  return true;
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

template <typename AnyFlights>
auto ClientCore::find(AnyFlights& flights, Timestamp t) {
  auto found = flights.upper_bound(t);
  if (found == flights.begin()) return flights.end();
  --found;
  const auto& [first, flight] = *found;
  const bool unanswered = t - first < flight.operations.size() && !flight.operations[t - first].answered;
  return unanswered ? found : flights.end();
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
  if (const auto first = marks_.add(answer)) next_ = first;
}

void ClientCore::complete(Timestamp t, Fate fate, const Leaf* leaf) {
  const auto flight = find(flights_, t);
  Asked& asked = flight->second.operations[t - flight->first];
  if (fate == Fate::never) {
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
  bytes_in_flight_ -= flight->second.bytes;
  flights_.erase(flight);
}

}  // namespace quorate
