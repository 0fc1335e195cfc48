// What a state transfer asks of whom, and until when it waits for an answer. Which state is fetched and what comes of
// it is in state_transfer.cc.
#include <algorithm>
#include <utility>

#include "messages/limits.h"
#include "replica/service/state_transfer.h"

namespace quorate {
namespace {

constexpr std::uint64_t answer_us = 2'000'000;  // until a request counts as missed
constexpr std::uint32_t missed_max = 3;
constexpr std::size_t requests_max = 16;       // under way at one peer
constexpr std::size_t items_looked_at = 2048;  // from the front: bounds what is expanded before what is before it
constexpr std::size_t wants_max = 32;
static_assert(wants_max <= limits::state_wants_max);

/// As many of the wants as fit are answered, in their order.
bool answers(const StateParts& parts, const std::vector<StateWant>& wants) {
  return !parts.parts.empty() && parts.parts.size() <= wants.size() &&
         std::equal(parts.parts.begin(), parts.parts.end(), wants.begin(),
                    [](const StatePart& part, const StateWant& want) {
                      return part.kind == want.kind && part.level == want.level && part.first == want.first;
                    });
}

}  // namespace

void StateTransfer::ask(SteadyTime now) {
  for (;;) {
    std::pair<const ReplicaId, Source>* freest = nullptr;
    for (auto& source : sources_) {
      if (source.second.requests.size() >= requests_max) continue;
      if (freest == nullptr || source.second.requests.size() < freest->second.requests.size()) freest = &source;
    }
    if (freest == nullptr || !ask(freest->first, freest->second, now)) return;
  }
}

bool StateTransfer::ask(ReplicaId peer, Source& source, SteadyTime now) {
  StateFetch fetch{self_, target_->n, {}, {}};
  Request request{{}, now + answer_us};
  std::size_t looked_at = 0;
  for (auto& [first, item] : items_) {
    if (++looked_at > items_looked_at || request.wants.size() == wants_max) break;
    if (item.asked) continue;
    item.asked = true;
    request.wants.push_back({item.kind, item.level, first, item.selected});
  }
  if (request.wants.empty()) return false;
  fetch.wants = request.wants;
  signer_.sign(fetch);
  output_.sends.emplace_back(peer, std::move(fetch));
  source.requests.push_back(std::move(request));
  return true;
}

void StateTransfer::release(const Request& request) {
  for (const StateWant& want : request.wants)
    if (const auto item = items_.find(want.first); item != items_.end()) item->second.asked = false;
}

void StateTransfer::drop(ReplicaId peer) {
  const auto source = sources_.find(peer);
  if (source == sources_.end()) return;
  for (const Request& request : source->second.requests) release(request);
  sources_.erase(source);
}

/// The request that these parts answer; those before it were lost. What answers none comes twice, or too late.
std::optional<StateTransfer::Request> StateTransfer::answered(Source& source, const StateParts& parts) {
  const auto found =
      std::ranges::find_if(source.requests, [&](const Request& request) { return answers(parts, request.wants); });
  if (found == source.requests.end()) return std::nullopt;
  Request request = std::move(*found);
  for (auto lost = source.requests.begin(); lost != found; ++lost) release(*lost);
  source.requests.erase(source.requests.begin(), found + 1);
  return request;
}

void StateTransfer::tick(SteadyTime now) {
  if (phase_ == Phase::gathering && now >= next_query_) return now < deadline_ ? query(now) : gather_again(now);
  if (phase_ != Phase::fetching) return;
  std::vector<ReplicaId> gone;
  for (auto& [peer, source] : sources_) {
    if (source.requests.empty() || now < source.requests.front().deadline) continue;
    for (const Request& request : source.requests) release(request);
    source.requests.clear();
    if (++source.missed == missed_max) gone.push_back(peer);
  }
  for (const ReplicaId peer : gone) drop(peer);
  go_on(now);
}

std::optional<SteadyTime> StateTransfer::next() const {
  if (phase_ != Phase::fetching) return phase_ == Phase::idle ? std::nullopt : std::optional(next_query_);
  std::optional<SteadyTime> first;
  for (const auto& [peer, source] : sources_) {
    if (source.requests.empty()) continue;
    const SteadyTime deadline = source.requests.front().deadline;
    first = first ? std::min(*first, deadline) : deadline;
  }
  return first;
}

void StateTransfer::go_on(SteadyTime now) { sources_.empty() ? gather(now) : ask(now); }

}  // namespace quorate
