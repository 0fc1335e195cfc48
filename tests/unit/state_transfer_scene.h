// Replica 3 fetches a state from peers 0 to 2, and the test decides what becomes of each message.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "messages/limits.h"
#include "replica/service/state_contents.h"
#include "replica/service/state_transfer.h"
#include "tests/support/memory_transfer_store.h"
#include "tests/support/sample_messages.h"

namespace quorate::testing {

inline constexpr SequenceNumber checkpoint_n(256);

inline Bytes key_of(std::uint64_t i) {
  Bytes key(9, 'k');
  for (int byte = 0; byte < 8; ++byte) key[1 + byte] = static_cast<std::uint8_t>(i >> (56 - 8 * byte));
  return key;
}

inline Bytes value_of(std::uint64_t i, std::uint8_t variant = 0) {
  Bytes value(128, variant);
  for (int byte = 0; byte < 8; ++byte) value[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
  return value;
}

inline std::shared_ptr<MemoryState> state_of(std::uint64_t keys, SequenceNumber n = checkpoint_n) {
  auto state = std::make_shared<MemoryState>();
  state->n = n;
  for (std::uint64_t i = 0; i < keys; ++i) state->entries.put(key_of(i), value_of(i));
  state_tree::rebuild(state->entries, state->nodes);
  return state;
}

inline std::vector<state_tree::Entry> all(const MemoryMap& map) {
  return state_tree::entries_between(map, {}, std::nullopt);
}

/// Replica 3 fetches, peers 0 to 2 serve; messages arrive in the order of sending.
struct TransferScene {
  SampleCluster cluster;
  MessageSigner signer = cluster.replica(3);
  std::shared_ptr<MemoryState> theirs;
  MemoryState ours;
  MemoryTransferStore store{ours};
  StateTransfer transfer{cluster.genesis(), ReplicaId(3), signer, store};
  SteadyTime now{1000};
  std::size_t answer_bytes = 0;
  std::size_t queries = 0;
  std::map<ReplicaId, std::size_t> answered;
  /// What a peer does to its answer; false: it sends nothing.
  std::function<bool(ReplicaId, StateParts&)> tamper = [](ReplicaId, StateParts&) { return true; };
  /// How often a peer's turn passes before it answers.
  std::map<ReplicaId, int> slow;
  std::function<bool(ReplicaId)> offers = [](ReplicaId) { return true; };
  std::optional<StateTransfer::Target> done;
  int passed = 0;

  explicit TransferScene(std::shared_ptr<MemoryState> state) : theirs(std::move(state)) {}

  StateOffer offer(ReplicaId peer) const { return {peer, theirs->n, theirs->root(), {}}; }

  void begin(SequenceNumber at_least = checkpoint_n) { transfer.begin(at_least, now); }

  void deliver_one(ReplicaId peer, const Message& message) {
    if (std::holds_alternative<StateQuery>(message)) {
      ++queries;
      if (offers(peer) && std::get<StateQuery>(message).at_least <= theirs->n) transfer.step(offer(peer), peer, now);
      return;
    }
    const auto& fetch = std::get<StateFetch>(message);
    REQUIRE(fetch.wants.size() <= limits::state_wants_max);
    StateParts parts =
        fetch.n == theirs->n ? state_contents::answer(MemoryView(theirs), fetch) : StateParts{fetch.n, {}};
    if (!tamper(peer, parts)) return;
    answer_bytes += encode_parts(parts.parts).size();
    ++answered[peer];
    transfer.step(parts, peer, now);
  }

  /// Until it is done or `steps` messages were delivered.
  bool run(std::size_t steps = 100'000) {
    std::deque<std::pair<ReplicaId, Message>> under_way;
    for (std::size_t step = 0; step < steps; ++step) {
      auto output = transfer.take();
      REQUIRE_FALSE(output.failed.has_value());
      if (output.done) done = output.done;
      for (auto& send : output.sends) under_way.push_back(std::move(send));
      if (!transfer.active()) return done.has_value();
      if (under_way.empty()) {
        const auto next = transfer.next();
        REQUIRE(next.has_value());
        now = std::max(now, *next);
        transfer.tick(now);
        continue;
      }
      const auto [peer, message] = std::move(under_way.front());
      under_way.pop_front();
      if (slow.contains(peer) && under_way.size() > 1 && ++passed % slow[peer] != 0) {
        under_way.emplace_back(peer, message);
        continue;
      }
      deliver_one(peer, message);
    }
    return false;
  }

  bool equal() const { return all(ours.entries) == all(theirs->entries) && all(ours.nodes) == all(theirs->nodes); }
};

}  // namespace quorate::testing
