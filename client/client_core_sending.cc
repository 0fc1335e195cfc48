// What the client core sends and when: marks first, then bundles, then the same bytes again. What answers mean is in
// client_core.cc.
#include <algorithm>
#include <limits>
#include <utility>

#include "client/client_core.h"
#include "messages/limits.h"

namespace quorate {
namespace {

constexpr std::size_t bundle_header_bytes = 4 + 8 + 4;  // messages/README.md, "Bundle"
constexpr std::size_t operation_header_bytes = 4;

}  // namespace

ClientCore::ClientCore(const Genesis& genesis, ClientId self, const Signer& signer, const ClientLife& life,
                       const ClientOptions& options, SteadyTime now)
    : quorums_(genesis.quorums()),
      client_window_(genesis.client_window),
      self_(self),
      signer_(genesis.cluster_id(), signer),
      options_(options),
      now_(now),
      nonce_(life.nonce),
      marks_(genesis),
      marks_retry_at_(now + options.retry_first_us),
      marks_retry_us_(options.retry_first_us),
      remembered_(life.next),
      reserved_end_(life.next.value_or(Timestamp(std::numeric_limits<std::uint64_t>::max()))),
      patience_(options.retry_first_min_us, options.retry_first_us),
      hints_(quorums_.replicas()) {
  MarkQuery query{self, nonce_, {}};
  signer_.sign(query);
  mark_query_ = std::make_shared<const Message>(query);
}

void ClientCore::tick(SteadyTime now) {
  now_ = std::max(now_, now);
  for (const SteadyTime sent : std::exchange(answered_, {})) patience_.answered_after(now_ - sent);
  if (!started() && now_ >= marks_retry_at_) {
    send_to_all(mark_query_);
    marks_retry_us_ = std::min(marks_retry_us_ * 2, options_.retry_max_us);
    marks_retry_at_ = now_ + marks_retry_us_;
  }
  for (auto& [first, flight] : flights_) {
    if (now_ >= flight.retry_at) retransmit(flight);
  }
}

void ClientCore::connected(ReplicaId replica) {
  if (replica.value >= quorums_.replicas()) return;
  connected_.insert(replica);
  if (!started()) return send_to(replica, mark_query_);
  for (const auto& [first, flight] : flights_) send_to(replica, flight.request);
}

void ClientCore::disconnected(ReplicaId replica) {
  if (replica.value >= quorums_.replicas()) return;
  connected_.erase(replica);
  if (replica != quorums_.primary_of(view())) return;
  for (auto& [first, flight] : flights_) flight.retry_at = now_;  // the others will have another primary soon
}

ClientOutput ClientCore::take_output() {
  mend_broken();
  send_bundles();
  ClientOutput output;
  output.sends = std::exchange(sends_, {});
  output.completions = std::exchange(completions_, {});
  output.wake_up = wake_up();
  return output;
}

void ClientCore::send_bundles() {
  if (!started() || now_ < hold_until_) return;
  send_given();
  if (!given_.empty()) return;
  while (const std::size_t count = next_bundle_size()) launch(count);
}

/// Operations with a given t leave before all others, in the order of t: those of a former life one by one, as parts
/// of a bundle may have been executed then; those of this life in runs.
void ClientCore::send_given() {
  while (!given_.empty()) {
    const Timestamp first = given_.begin()->first;
    const std::size_t count_max = first < life_first_ ? 1 : std::min<std::uint64_t>(bundle_max(), window_room(first));
    std::size_t bytes = bundle_header_bytes;
    std::vector<Asked> asked;
    std::vector<Bytes> operations;
    auto next = given_.begin();
    for (; next != given_.end() && next->first == first + asked.size() && asked.size() < count_max; ++next) {
      const std::size_t more = operation_header_bytes + next->second.operation.size();
      if (!asked.empty() && bytes + more > limits::bundle_bytes_max) break;
      bytes += more;
      asked.push_back({next->second.id, operation_digest(self_, next->first, next->second.operation), true, false, {}});
      operations.push_back(next->second.operation);
    }
    const bool full = next != given_.end() || asked.size() == count_max;
    if (asked.empty() || !may_leave(first, bytes, full)) return;
    given_.erase(given_.begin(), next);
    operations_in_flight_ += asked.size();
    fly(first, std::move(asked), operations);
  }
}

/// Half a window at most, so that one bundle can be gathered while another is under way.
std::size_t ClientCore::bundle_max() const {
  const std::uint64_t half_window = std::max<std::uint64_t>(1, client_window_ / 2);
  return std::min<std::uint64_t>(limits::bundle_operations_max, half_window);
}

bool ClientCore::may_leave(Timestamp first, std::size_t bytes, bool full) const {
  if (flights_.empty()) return true;
  if (flights_.size() >= options_.bundles_at_once && !full) return false;
  return bytes_in_flight_ + bytes <= options_.outstanding_bytes_max && window_room(first) != 0;
}

/// How many operations may leave from t `first` on: every unanswered t stays above newest − W.
std::uint64_t ClientCore::window_room(Timestamp first) const {
  if (flights_.empty() || first < flights_.begin()->first) return client_window_;
  const std::uint64_t span = first - flights_.begin()->first;
  return span < client_window_ ? client_window_ - span : 0;
}

/// How many operations without a t leave as one bundle now; 0: none.
std::size_t ClientCore::next_bundle_size() const {
  const std::size_t unreserved = timestamps_wanted();
  const std::size_t reserved = queue_.size() - std::min(queue_.size(), unreserved);
  std::size_t bytes = bundle_header_bytes;
  std::size_t count = 0;
  while (count < reserved && count < bundle_max()) {
    const std::size_t more = operation_header_bytes + queue_[count].operation.size();
    if (bytes + more > limits::bundle_bytes_max) break;
    bytes += more;
    ++count;
  }
  const bool full = count < queue_.size() || count == bundle_max();
  if (count == 0 || !may_leave(*next_, bytes, full)) return 0;
  const std::uint64_t room = window_room(*next_);
  if (count <= room) return count;
  return flights_.size() < options_.bundles_at_once ? room : 0;
}

void ClientCore::launch(std::size_t count) {
  std::vector<Asked> asked;
  std::vector<Bytes> operations;
  for (std::size_t i = 0; i < count; ++i) {
    Queued& queued = queue_.front();
    asked.push_back({queued.id, operation_digest(self_, *next_ + i, queued.operation), false, false, {}});
    operations.push_back(std::move(queued.operation));
    queue_.pop_front();
  }
  operations_in_flight_ += count;
  fly(*next_, std::move(asked), operations);
  *next_ = *next_ + count;
}

void ClientCore::fly(Timestamp first, std::vector<Asked> asked, const std::vector<Bytes>& operations) {
  const BundlePtr bundle = signer_.sign_bundle(self_, first, operations);
  Flight flight;
  flight.open = asked.size();
  flight.operations = std::move(asked);
  flight.request = std::make_shared<const Message>(Request{bundle});
  flight.bytes = bundle->view().payload.size();
  flight.first_sent = now_;
  flight.retry_us = patience_.us();
  flight.due = flight.retry_at = now_ + flight.retry_us;
  flight.back_off_us = options_.back_off_first_us;
  const ReplicaId primary = quorums_.primary_of(view());
  if (connected_.contains(primary)) {
    send_to(primary, flight.request);
  } else {
    send_to_all(flight.request);
  }
  bytes_in_flight_ += flight.bytes;
  flights_.emplace(first, std::move(flight));
}

/// What is unanswered of a broken bundle is signed anew, the same operations at the same t, in bundles without the t
/// that a former life used.
void ClientCore::mend_broken() {
  std::vector<Timestamp> broken;
  for (const auto& [first, flight] : flights_) {
    if (flight.broken) broken.push_back(first);
  }
  for (const Timestamp first : broken) {
    const auto flight = flights_.extract(first);
    const Flight& old = flight.mapped();
    bytes_in_flight_ -= old.bytes;
    const auto& operations = std::get<Request>(*old.request).bundle->view().operations;
    for (std::size_t i = 0; i < old.operations.size(); ++i) {
      std::vector<Asked> asked;
      std::vector<Bytes> run;
      const std::size_t start = i;
      for (; i < old.operations.size() && !old.operations[i].answered; ++i) {
        asked.push_back(old.operations[i]);
        run.emplace_back(operations[i].begin(), operations[i].end());
      }
      if (!run.empty()) fly(first + start, std::move(asked), run);
    }
  }
}

void ClientCore::retransmit(Flight& flight) {
  const bool timed_out = now_ >= flight.due;
  const ReplicaId primary = quorums_.primary_of(view());
  if (timed_out || !connected_.contains(primary)) {
    send_to_all(flight.request);
  } else {
    send_to(primary, flight.request);
  }
  if (timed_out && !flight.backing_off) flight.retry_us = std::min(flight.retry_us * 2, options_.retry_max_us);
  flight.backing_off = false;
  flight.busy = ReplicaSet();
  flight.retry_at = now_ + flight.retry_us;
}

/// The primary's word, or that of f+1, that the bundle was shed: it is sent again after a pause. Each replica's word
/// counts once for each transmission, so nobody can put the next one off for ever.
void ClientCore::note_busy(Flights::iterator flight, ReplicaId replica) {
  Flight& shed = flight->second;
  shed.busy.insert(replica);
  const bool believed = replica == quorums_.primary_of(view()) || shed.busy.size() >= quorums_.weak_quorum();
  if (!believed || shed.backing_off) return;
  shed.backing_off = true;
  shed.retry_at = now_ + shed.back_off_us;
  hold_until_ = std::max(hold_until_, shed.retry_at);
  shed.back_off_us = std::min(shed.back_off_us * 2, options_.back_off_max_us);
}

void ClientCore::send_to_all(const MessagePtr& message) {
  for (std::uint32_t id = 0; id < quorums_.replicas(); ++id) send_to(ReplicaId(id), message);
}

void ClientCore::send_to(ReplicaId replica, const MessagePtr& message) {
  if (connected_.contains(replica)) sends_.push_back({replica, message});
}

SteadyTime ClientCore::wake_up() const {
  if (!started()) return marks_retry_at_;
  SteadyTime earliest(std::numeric_limits<std::uint64_t>::max());
  if (!queue_.empty() && now_ < hold_until_) earliest = hold_until_;
  for (const auto& [first, flight] : flights_) earliest = std::min(earliest, flight.retry_at);
  return earliest;
}

}  // namespace quorate
