#include "replica/service/client_windows.h"

#include <algorithm>

#include "crypto/check.h"
#include "messages/limits.h"
#include "replica/service/state_layout.h"

namespace quorate {
namespace {

/// The low mark of a client lies where an operation with t = 0 would.
constexpr Timestamp low_mark_place(0);

Bytes low_record(Timestamp low) {
  ByteWriter record;
  record.u64(low.value);
  return record.take();
}

Timestamp parse_low_record(ByteView record) {
  ByteReader in(record);
  const Timestamp low(in.u64());
  check(in.finished(), "the record of a low mark is whole");
  return low;
}

Bytes leaf_record(const Leaf& leaf) {
  ByteWriter record;
  record.reserve(Digest::size + 8 + 4 + 1 + leaf.result.size());
  record.raw(leaf.operation_digest.bytes);
  record.u64(leaf.n.value);
  record.u32(leaf.index);
  record.u8(static_cast<std::uint8_t>(leaf.status));
  record.raw(leaf.result);
  return record.take();
}

Leaf parse_leaf_record(const state_layout::WindowKey& key, ByteView record) {
  ByteReader in(record);
  Leaf leaf;
  leaf.client = key.client;
  leaf.timestamp = key.timestamp;
  leaf.operation_digest.bytes = in.array<Digest::size>();
  leaf.n = SequenceNumber(in.u64());
  leaf.index = in.u32();
  leaf.status = static_cast<OperationStatus>(in.u8());
  const ByteView result = in.raw(in.remaining());
  leaf.result.assign(result.begin(), result.end());
  check(in.finished(), "the record of a leaf is whole");
  return leaf;
}

}  // namespace

ClientWindows::ClientWindows(const Genesis& genesis)
    : size_max_(genesis.client_window), windows_(genesis.client_keys.size()) {}

std::size_t ClientWindows::place_of(ClientId client) const {
  check(client.value < windows_.size(), "a client with a window is of the genesis configuration");
  return client.value;
}

ClientWindows::Verdict ClientWindows::judge(ClientId client, Timestamp timestamp) const {
  const Window& of_client = window(client);
  if (timestamp <= of_client.low) return Verdict::too_old;
  if (timestamp - of_client.low > limits::timestamp_jump_max) return Verdict::too_far;
  return of_client.leaves.contains(timestamp) ? Verdict::duplicate : Verdict::fresh;
}

void ClientWindows::record(const Leaf& leaf) {
  Window& of_client = window(leaf.client);
  const bool is_new = of_client.leaves.emplace(leaf.timestamp, leaf).second;
  check(is_new && leaf.timestamp > of_client.low, "a timestamp is executed once");
  recorded_.push_back({leaf.client, leaf.timestamp});
  if (leaf.timestamp.value <= size_max_) return;
  of_client.low = std::max(of_client.low, leaf.timestamp - size_max_);
  auto oldest = of_client.leaves.begin();
  while (oldest->first <= of_client.low) {
    if (oldest->second.n <= saved_n_) saved_and_out_.push_back({leaf.client, oldest->first});
    oldest = of_client.leaves.erase(oldest);
  }
}

const Leaf* ClientWindows::find(ClientId client, Timestamp timestamp) const {
  const Window& of_client = window(client);
  const auto found = of_client.leaves.find(timestamp);
  return found == of_client.leaves.end() ? nullptr : &found->second;
}

Timestamp ClientWindows::low(ClientId client) const { return window(client).low; }

Timestamp ClientWindows::newest(ClientId client) const {
  const Window& of_client = window(client);
  return of_client.leaves.empty() ? of_client.low : of_client.leaves.rbegin()->first;
}

std::vector<ClientMark> ClientWindows::marks() const {
  std::vector<ClientMark> marks;
  for (std::uint32_t i = 0; i < windows_.size(); ++i) {
    if (windows_[i].leaves.empty()) continue;
    ClientMark mark{ClientId(i), windows_[i].low, {}};
    mark.executed.reserve(windows_[i].leaves.size());
    for (const auto& [timestamp, leaf] : windows_[i].leaves) mark.executed.push_back(timestamp);
    marks.push_back(std::move(mark));
  }
  return marks;
}

void ClientWindows::load(const OrderedMap& map) {
  Bytes from = {state_layout::window_prefix};
  for (;;) {
    auto entry = map.lower_bound(from);
    if (!entry || entry->first[0] != state_layout::window_prefix) return;
    const auto key = state_layout::parse_window_key(entry->first);
    Window& of_client = window(key.client);
    if (key.timestamp == low_mark_place) {
      of_client.low = of_client.saved_low = parse_low_record(entry->second);
    } else {
      check(key.timestamp > of_client.low, "a kept leaf is above its client's low mark");
      Leaf leaf = parse_leaf_record(key, entry->second);
      saved_n_ = std::max(saved_n_, leaf.n);
      of_client.leaves.emplace(key.timestamp, std::move(leaf));
    }
    from = std::move(entry->first);
    from.push_back(0);  // the smallest key that is larger
  }
}

void ClientWindows::save(OrderedMap& map) {
  for (const Place& place : saved_and_out_) map.erase(state_layout::window_key(place.client, place.timestamp));
  for (const Place& place : recorded_) {
    Window& of_client = window(place.client);
    if (place.timestamp <= of_client.low) continue;  // fallen out again before it was ever written
    // A low mark moves only to below the newest recorded.
    if (of_client.low != of_client.saved_low) {
      map.put(state_layout::window_key(place.client, low_mark_place), low_record(of_client.low));
      of_client.saved_low = of_client.low;
    }
    const Leaf& leaf = of_client.leaves.at(place.timestamp);
    map.put(state_layout::window_key(place.client, place.timestamp), leaf_record(leaf));
    saved_n_ = std::max(saved_n_, leaf.n);
  }
  saved_and_out_.clear();
  recorded_.clear();
}

}  // namespace quorate
