#include "replica/core/admission.h"

#include <iterator>

namespace quorate {

Admission::Admission(const Context& context, const std::vector<ClientMark>& marks)
    : context_(context), marks_(context.genesis.client_window, marks) {}

tl::expected<void, Reject> Admission::admit(const BundlePtr& bundle) {
  const BundleView& view = bundle->view();
  if (marks_.touches(view.client, view.first, view.last())) return tl::unexpected(Reject::already_executed);
  Client& client = clients_[view.client];
  const auto other = overlapping(client.bundles, view.first, view.last());
  if (other != client.bundles.end()) {
    const bool same = other->second.bundle->digest() == bundle->digest();
    return tl::unexpected(same ? Reject::duplicate : Reject::overlapping_bundle);
  }
  const std::size_t bytes = Batch::entry_bytes(view);
  const bool fits = client.bytes + bytes <= context_.options.client_bytes_max &&
                    total_bytes_ + bytes <= context_.options.admitted_bytes_max;
  // One bundle of each client is always let in, so that nobody is starved by the others.
  if (!fits && client.bytes != 0) return tl::unexpected(Reject::over_quota);
  client.bundles.emplace(view.first, Admitted{bundle, count_arrival()});
  waiting_.insert(arrivals_);
  client.bytes += bytes;
  total_bytes_ += bytes;
  return {};
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
    const auto held = client->second.bundles.find(entry.first);
    if (held != client->second.bundles.end() && held->second.bundle->digest() == bundle_digest(entry)) {
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
  const auto held = client->second.bundles.find(bundle.view().first);
  return held != client->second.bundles.end() && held->second.bundle->digest() == bundle.digest();
}

std::optional<std::uint64_t> Admission::arrival_of(ClientId id, Timestamp first) const {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return std::nullopt;
  const auto held = client->second.bundles.find(first);
  return held == client->second.bundles.end() ? std::nullopt : std::optional(held->second.arrival);
}

std::optional<std::uint64_t> Admission::oldest() const {
  return waiting_.empty() ? std::nullopt : std::optional(*waiting_.begin());
}

std::vector<BundlePtr> Admission::all() const {
  std::vector<BundlePtr> bundles;
  for (const auto& [id, client] : clients_) {
    for (const auto& [first, admitted] : client.bundles) bundles.push_back(admitted.bundle);
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
  Client& client = found->second;
  for (auto hit = overlapping(client.bundles, first, last); hit != client.bundles.end();
       hit = overlapping(client.bundles, first, last)) {
    const std::size_t bytes = Batch::entry_bytes(hit->second.bundle->view());
    waiting_.erase(hit->second.arrival);
    client.bytes -= bytes;
    total_bytes_ -= bytes;
    client.bundles.erase(hit);
  }
  if (client.bundles.empty()) clients_.erase(found);
}

}  // namespace quorate
