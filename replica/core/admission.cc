#include "replica/core/admission.h"

#include <iterator>

namespace quorate {

Admission::Admission(const Context& context, const std::vector<ClientMark>& marks)
    : context_(context), marks_(context.genesis.client_window, marks), shares_(context.quorums.replicas() + 1) {}

tl::expected<void, Reject> Admission::admit(const BundlePtr& bundle, Channel from) {
  const BundleView& view = bundle->view();
  if (marks_.touches(view.client, view.first, view.last())) return tl::unexpected(Reject::already_executed);
  Bundles& bundles = clients_[view.client];
  const auto other = overlapping(bundles, view.first, view.last());
  if (other != bundles.end()) {
    const bool same = other->second.bundle->digest() == bundle->digest();
    return tl::unexpected(same ? Reject::duplicate : Reject::overlapping_bundle);
  }
  const auto* replica = std::get_if<ReplicaId>(&from);
  const std::size_t number = replica != nullptr ? replica->value : shares_.size() - 1;
  Share& share = shares_[number];
  std::size_t& client_bytes = share.client_bytes[view.client];
  const std::size_t bytes = Batch::entry_bytes(view);
  const bool fits = client_bytes + bytes <= context_.options.client_bytes_max &&
                    share.bytes + bytes <= context_.options.admitted_bytes_max / context_.quorums.replicas();
  // One bundle of each client is always let in, so that nobody is starved by the others.
  if (!fits && client_bytes != 0) return tl::unexpected(Reject::over_quota);
  bundles.emplace(view.first, Admitted{bundle, begin_waiting(), number});
  client_bytes += bytes;
  share.bytes += bytes;
  total_bytes_ += bytes;
  return {};
}

void Admission::drop_forwarded() {
  for (auto& [client, bundles] : clients_) {
    for (auto held = bundles.cbegin(); held != bundles.cend();) {
      held = held->second.share + 1 < shares_.size() ? drop(client, held) : std::next(held);
    }
  }
  std::erase_if(clients_, [](const auto& client) { return client.second.empty(); });
}

void Admission::executed(const Executed& result, const Batch* batch) {
  const auto& operations = result.operations;
  for (std::size_t i = 0; i < operations.size();) {
    const ClientId client = operations[i].client;
    std::size_t run = 1;
    while (i + run < operations.size() && operations[i + run].client == client &&
           operations[i + run].timestamp == operations[i].timestamp + run) {
      ++run;
    }
    const Timestamp first = operations[i].timestamp;
    const Timestamp last = first + (run - 1);
    marks_.executed(client, first, last);
    drop_overlapping(client, first, last);
    drop_overlapping(client, Timestamp(0), marks_.low(client));
    i += run;
  }
  // A bundle whose operations ran before, or are too far, was ordered all the same.
  if (batch == nullptr) return;
  for (const BundleView& entry : batch->bundles()) {
    const auto client = clients_.find(entry.client);
    if (client == clients_.end()) continue;
    const auto held = client->second.find(entry.first);
    if (held != client->second.end() && held->second.bundle->digest() == bundle_digest(entry)) {
      drop_overlapping(entry.client, entry.first, entry.last());
    }
  }
}

void Admission::installed(const std::vector<ClientMark>& marks) {
  marks_ = ClientMarks(context_.genesis.client_window, marks);
  for (const BundlePtr& bundle : all()) {
    const BundleView& view = bundle->view();
    if (marks_.touches(view.client, view.first, view.last())) drop_overlapping(view.client, view.first, view.last());
  }
}

bool Admission::admitted(const Bundle& bundle) const {
  const auto client = clients_.find(bundle.view().client);
  if (client == clients_.end()) return false;
  const auto held = client->second.find(bundle.view().first);
  return held != client->second.end() && held->second.bundle->digest() == bundle.digest();
}

std::optional<std::uint64_t> Admission::arrival_of(ClientId id, Timestamp first) const {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return std::nullopt;
  const auto held = client->second.find(first);
  return held == client->second.end() ? std::nullopt : std::optional(held->second.arrival);
}

std::uint64_t Admission::begin_waiting() {
  waiting_.emplace(count_arrival(), context_.now.steady);
  return arrivals_;
}

std::optional<std::uint64_t> Admission::oldest() const {
  return waiting_.empty() ? std::nullopt : std::optional(waiting_.begin()->first);
}

std::optional<SteadyTime> Admission::since_of(ClientId client, Timestamp first) const {
  const auto arrival = arrival_of(client, first);
  return arrival ? std::optional(waiting_.at(*arrival)) : std::nullopt;
}

std::vector<BundlePtr> Admission::all() const {
  std::vector<BundlePtr> bundles;
  for (const auto& [id, held] : clients_) {
    for (const auto& [first, admitted] : held) bundles.push_back(admitted.bundle);
  }
  return bundles;
}

Admission::Bundles::const_iterator Admission::overlapping(const Bundles& bundles, Timestamp first, Timestamp last) {
  auto candidate = bundles.upper_bound(first);
  if (candidate != bundles.begin() && std::prev(candidate)->second.bundle->view().last() >= first) --candidate;
  return candidate != bundles.end() && candidate->first <= last ? candidate : bundles.end();
}

void Admission::drop_overlapping(ClientId id, Timestamp first, Timestamp last) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Bundles& bundles = found->second;
  for (auto hit = overlapping(bundles, first, last); hit != bundles.end(); hit = overlapping(bundles, first, last)) {
    drop(id, hit);
  }
  if (bundles.empty()) clients_.erase(found);
}

Admission::Bundles::const_iterator Admission::drop(ClientId id, Bundles::const_iterator held) {
  const std::size_t bytes = Batch::entry_bytes(held->second.bundle->view());
  Share& share = shares_[held->second.share];
  waiting_.erase(held->second.arrival);
  const auto client_bytes = share.client_bytes.find(id);
  client_bytes->second -= bytes;
  if (client_bytes->second == 0) share.client_bytes.erase(client_bytes);
  share.bytes -= bytes;
  total_bytes_ -= bytes;
  return clients_.at(id).erase(held);
}

}  // namespace quorate
