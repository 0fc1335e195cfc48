// A calm simulated cluster of four under a script's hands: every invariant stays on.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "tests/simulation/cluster.h"

namespace quorate::simulation {

class Scene {
 public:
  explicit Scene(std::uint64_t operations = 20, const std::function<void(Plan&)>& adjust = nullptr)
      : cluster_(plan(operations, adjust)) {
    cluster_.network().filter([this](Node from, Node to, const Message& message) {
      for (const auto& watcher : watchers_) watcher(from, to, message);
      if (liars_.contains(to) && votes(to, message)) return false;
      return !loses_ || !loses_(from, to, message);
    });
  }

  Cluster& cluster() { return cluster_; }
  Host& host(std::uint32_t replica) { return cluster_.host(replica); }
  World& world() { return cluster_.world(); }

  using Watcher = std::function<void(Node from, Node to, const Message&)>;
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }
  /// Messages for which this is true are lost.
  using Loses = std::function<bool(Node from, Node to, const Message&)>;
  void lose(Loses loses) { loses_ = std::move(loses); }

  void run_for(std::uint64_t us) {
    const std::uint64_t end = world().events.now_us() + us;
    cluster_.run_until([&] { return world().events.now_us() >= end; }, us + 1'000'000, "time passes");
  }
  void run_until(const std::function<bool()>& reached, const char* what) {
    cluster_.run_until(reached, 60'000'000, what);
  }
  /// Everything is allowed again and everybody up: all requests are answered and all replicas agree.
  void end_well() {
    loses_ = nullptr;
    for (std::uint32_t i = 0; i < world().plan.replicas; ++i) {
      host(i).hold_commits(false);
      host(i).release_forces();
    }
    cluster_.heal();
    run_until(
        [&] {
          bool done = cluster_.all_agree();
          for (std::uint32_t i = 0; i < world().plan.clients; ++i) done = done && cluster_.client(i).done();
          return done;
        },
        "every request answered, all replicas equal");
  }

  // Where replicas stand:

  SequenceNumber executed(std::uint32_t replica) { return host(replica).status().last_executed; }
  View view(std::uint32_t replica) { return host(replica).status().view; }
  bool active(std::uint32_t replica) { return host(replica).status().active; }
  bool all(const std::vector<std::uint32_t>& replicas, const std::function<bool(std::uint32_t)>& holds) {
    return std::all_of(replicas.begin(), replicas.end(), holds);
  }
  bool serves(View at_least, const std::vector<std::uint32_t>& replicas) {
    return all(replicas, [&](std::uint32_t i) { return active(i) && view(i) >= at_least; });
  }
  bool client_done() { return cluster_.client(0).done(); }
  /// One more operation of the loyal client, answered.
  void serve_one_more() {
    cluster_.client(0).one_more();
    run_until([this] { return client_done(); }, "one more request is answered");
  }

  // A traitor's, or a bad client's, own messages, with valid keys:

  MessageSigner signer(ReplicaId replica) { return {world().genesis.cluster_id(), world().signer(replica)}; }
  MessageSigner signer(ClientId client) { return {world().genesis.cluster_id(), world().signer(client)}; }
  /// The replica that says this must not hear it again: its own core knows nothing of it, and would fall mute.
  void inject(Node from, Node to, Message message) {
    if (from < world().plan.replicas) liars_.insert(from);
    cluster_.network().send(from, to, std::make_shared<const Message>(std::move(message)));
  }
  BundlePtr bundle(ClientId client, std::uint64_t first, const std::vector<Operation>& operations) {
    std::vector<Bytes> encoded;
    for (const Operation& operation : operations) encoded.push_back(encode_operation(operation).value());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      const Timestamp t(first + i);
      world().observe(&Observer::issued, client, t, operation_digest(client, t, encoded[i]));
    }
    return signer(client).sign_bundle(client, Timestamp(first), encoded);
  }
  ViewChangePtr view_change(ReplicaId replica, View view, std::vector<PreparedCertificate> prepared = {}) {
    ViewChange message{view, SequenceNumber(), std::nullopt, std::move(prepared), replica, {}};
    signer(replica).sign(message);
    return std::make_shared<const ViewChange>(std::move(message));
  }
  /// primary(v)'s, with whatever V and O it likes.
  NewViewPtr new_view(View view, std::vector<ViewChangePtr> view_changes,
                      const std::vector<PrePrepareHeader>& headers) {
    const MessageSigner primary = signer(world().genesis.quorums().primary_of(view));
    NewView message{view, std::move(view_changes), {}, {}};
    for (const PrePrepareHeader& header : headers)
      message.pre_prepares.push_back({header, primary.sign_header(header)});
    primary.sign(message);
    return std::make_shared<const NewView>(std::move(message));
  }
  PrePrepare pre_prepare(View view, SequenceNumber n, const BatchPtr& batch) {
    const PrePrepareHeader header{view, n, batch ? batch->digest() : null_digest()};
    return {header, signer(world().genesis.quorums().primary_of(view)).sign_header(header), batch};
  }
  bool verifies(const Message& message) {
    Verifier verifier(world().genesis, world().scheme, 0);
    return verifier.verify(message).has_value();
  }

 private:
  /// Whether this node signed it as a vote.
  bool votes(Node node, const Message& message) {
    const auto* pre_prepare = std::get_if<PrePrepare>(&message);
    const View view = pre_prepare != nullptr ? pre_prepare->header.view : View();
    const auto header = vote_header(message, world().genesis.quorums().primary_of(view));
    if (!header || header->replica.value != node) return false;
    const MessageType type = header->type;
    return (type >= MessageType::pre_prepare && type <= MessageType::checkpoint) || type == MessageType::view_change;
  }
  static Plan plan(std::uint64_t operations, const std::function<void(Plan&)>& adjust) {
    Plan plan;
    plan.seed = 7;
    plan.clients = 1;
    plan.checkpoint_interval = 4;
    plan.log_window = 8;
    plan.operations = operations;
    if (adjust) adjust(plan);
    return plan;
  }

  Cluster cluster_;
  std::vector<Watcher> watchers_;
  std::set<Node> liars_;  // in whose name a script has spoken
  Loses loses_;
};

/// A filter's question about a message.
template <typename Type>
bool is(const Message& message) {
  return std::holds_alternative<Type>(message);
}
/// A replica that lacks something learns it in one of these ways, beside the votes.
inline bool fetched(const Message& message) {
  return is<CommittedBatch>(message) || is<StateOffer>(message) || is<BatchBody>(message);
}

/// A hook for hold_forces: the disk waits at the first record of this type.
template <typename Record>
bool none_of(const std::deque<NumberedRecord>& records) {
  for (const NumberedRecord& record : records) {
    if (std::holds_alternative<Record>(record.record)) return false;
  }
  return true;
}

}  // namespace quorate::simulation
