#include "replica/core/bodies.h"

#include <algorithm>

namespace quorate {
namespace {

constexpr std::uint64_t patience_us = 50'000;
/// To one peer within a status interval.
constexpr std::size_t served_bytes_max = 32 * 1024 * 1024;

}  // namespace

void Bodies::need(SequenceNumber n, const Digest& digest) {
  const auto [needed, fresh] = bodies_.try_emplace({n, digest});
  if (fresh) ask(needed->first, needed->second);
}

void Bodies::ask(const Name& name, Needed& needed) {
  const std::uint32_t replicas = context_.quorums.replicas();
  const ReplicaId peer((context_.self.value + 1 + needed.asked++ % (replicas - 1)) % replicas);
  needed.ask_at = context_.now.steady + patience_us;
  FetchBody fetch{context_.self, name.first, name.second, {}};
  context_.signer.sign(fetch);
  outbox_.send(peer, fetch);
}

BatchPtr Bodies::find(SequenceNumber n, const Digest& digest) const {
  const auto found = bodies_.find({n, digest});
  return found == bodies_.end() ? nullptr : found->second.batch;
}

bool Bodies::wants(SequenceNumber n, const Digest& digest) const {
  const auto found = bodies_.find({n, digest});
  return found != bodies_.end() && !found->second.batch;
}

bool Bodies::step(const BatchBody& body) {
  if (!wants(body.n, body.digest)) {
    context_.reject(Reject::not_wanted);
    return false;
  }
  bodies_.at({body.n, body.digest}).batch = body.batch;
  return true;
}

void Bodies::tick() {
  for (auto& [name, needed] : bodies_) {
    if (!needed.batch && context_.now.steady >= needed.ask_at) ask(name, needed);
  }
}

std::optional<SteadyTime> Bodies::next() const {
  std::optional<SteadyTime> next;
  for (const auto& [name, needed] : bodies_) {
    if (!needed.batch) next = next ? std::min(*next, needed.ask_at) : needed.ask_at;
  }
  return next;
}

void Bodies::serve(const FetchBody& fetch, const BatchPtr& batch) {
  if (!batch) return;
  Served& served = served_[fetch.replica];
  if (context_.now.steady >= served.since + context_.options.status_interval_us) served = {context_.now.steady, 0};
  if (served.bytes > served_bytes_max) return context_.reject(Reject::over_quota);
  served.bytes += batch->body().size();
  outbox_.send(fetch.replica, BatchBody{fetch.n, fetch.digest, batch});
}

}  // namespace quorate
