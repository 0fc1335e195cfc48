// The clients of a run: loyal ones around the production client core, and one that breaks every rule.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "client/client_core.h"
#include "messages/operation.h"
#include "tests/simulation/network.h"
#include "tests/simulation/world.h"

namespace quorate::simulation {

/// What additions were issued, so that the final counters can be compared with what was executed; and where each
/// operation was, for the search of an order.
class Additions final : public Observer {
 public:
  explicit Additions(linearizability::History& history) : history_(history) {}
  static constexpr std::string_view key = "counter";

  void note(const Digest& operation, std::int64_t delta) { deltas_[operation] = delta; }
  void executed(ReplicaId, const Execute&, const ExecutedBatch& outcome) override;
  std::int64_t sum() const { return sum_; }
  /// The newest slot that a loyal replica executed in any of its lives.
  SequenceNumber newest() const { return newest_; }

 private:
  linearizability::History& history_;
  std::map<Digest, std::int64_t> deltas_;
  std::set<Digest> executed_;
  std::int64_t sum_ = 0;
  SequenceNumber newest_;
};

class LoyalClient {
 public:
  LoyalClient(World& world, Network& network, Additions& additions, ClientId self, std::uint64_t operations);

  void start();
  /// Begins a new life. Without a memory, what was under way is never heard of again.
  void restart();
  void receive(Node from, const Message& message);
  void connected(ReplicaId replica);
  void disconnected(ReplicaId replica);
  /// One more operation than planned.
  void one_more() {
    ++to_submit_;
    turn();
  }
  std::string standing() const {
    return std::to_string(to_submit_) + " to submit, " + std::to_string(core_->unanswered()) + " unanswered, " +
           (core_->started() ? "started" : "asking for marks");
  }
  bool done() const { return to_submit_ == 0 && core_->unanswered() == 0; }

 private:
  void turn();
  void submit();
  void submit_remembered();
  void take(const Completion& completion);
  void issue(const Message& message);
  void plan_tick(SteadyTime wake_up);
  Bytes draw_operation(bool& adds);

  World& world_;
  Network& network_;
  Additions& additions_;
  ClientId self_;
  Verifier verifier_;
  std::unique_ptr<ClientCore> core_;
  std::uint64_t life_ = 0;
  std::uint64_t to_submit_;
  std::uint64_t wake_up_at_ = 0;
  Timestamp issued_through_;
  // What its disk holds, when it has a memory: the first t that no life used, and what is to be executed at which t.
  Timestamp remembered_{1};
  std::map<Timestamp, Bytes> journal_;
  std::set<ReplicaId> connections_;
};

/// Overlapping bundles, one t twice, far jumps, replays, to whomever.
class BadClient {
 public:
  BadClient(World& world, Network& network);
  void start();
  void stop() { stopped_ = true; }

 private:
  void misbehave();

  World& world_;
  Network& network_;
  MessageSigner signer_;
  std::uint64_t cursor_ = 1;
  MessagePtr last_;
  bool stopped_ = false;
};

}  // namespace quorate::simulation
