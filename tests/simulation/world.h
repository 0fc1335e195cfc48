// What all actors of one simulated run share: time, randomness, keys, the trace and the invariants.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "messages/genesis.h"
#include "tests/linearizability/history.h"
#include "tests/simulation/events.h"
#include "tests/simulation/keys.h"
#include "tests/simulation/marks.h"
#include "tests/simulation/observer.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/power_cuts.h"
#include "tests/simulation/random.h"
#include "tests/simulation/trace.h"

namespace quorate::simulation {

/// What a run did, for totals.
struct Totals {
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  std::uint64_t operations = 0;  // acknowledged to loyal clients
  std::uint64_t batches = 0;     // decided slots
  std::uint64_t checkpoints = 0;
  std::uint64_t crashes = 0;
  std::uint64_t views = 0;  // entered after the first
  std::uint64_t transfers = 0;
  std::uint64_t lost_disks = 0;
  std::uint64_t rolled_back = 0;
  std::uint64_t rejoined = 0;
  std::uint64_t virtual_us = 0;
  std::uint64_t traitors = 0;
  std::uint64_t judged = 0;                // calls in histories that were searched for an order (I05)
  std::uint64_t undecided = 0;             // histories given up
  std::map<unsigned, std::uint64_t> acts;  // of traitors, by the number of the lie
  Marks marks;

  Totals& operator+=(const Totals& other) {
    events += other.events;
    messages += other.messages;
    operations += other.operations;
    batches += other.batches;
    checkpoints += other.checkpoints;
    crashes += other.crashes;
    views += other.views;
    transfers += other.transfers;
    lost_disks += other.lost_disks;
    rolled_back += other.rolled_back;
    rejoined += other.rejoined;
    virtual_us += other.virtual_us;
    traitors += other.traitors;
    judged += other.judged;
    undecided += other.undecided;
    for (const auto& [number, count] : other.acts) acts[number] += count;
    marks += other.marks;
    return *this;
  }
};

/// A replica (0 … N−1) or a client (N …) as a place in the network.
using Node = std::uint32_t;

struct World {
  World(const Plan& the_plan, std::ostream* read_along)
      : plan(the_plan),
        trace(read_along),
        network(plan.seed, 2),
        disks(plan.seed, 3),
        crashes(plan.seed, 4),
        load(plan.seed, 5),
        losses(plan.seed, 6),
        keys(make_keys(plan.seed, plan.replicas + plan.clients + 1, plan.real_signatures)),
        scheme(*keys.scheme),
        signers(keys.signers) {
    for (Node node = 0; node < signers.size(); ++node) {
      auto& list = node < plan.replicas ? genesis.replica_keys : genesis.client_keys;
      list.push_back(signers[node]->public_key());
    }
    genesis.checkpoint_interval = plan.checkpoint_interval;
    genesis.log_window = plan.log_window;
    genesis.client_window = plan.client_window;
    genesis.time_bound_us = plan.time_bound_us;
  }

  const Signer& signer(ReplicaId replica) const { return *signers[replica.value]; }
  const Signer& signer(ClientId client) const { return *signers[plan.replicas + client.value]; }
  Node node(ClientId client) const { return plan.replicas + client.value; }
  /// Besides the plan's clients there is one more key, the bad client's.
  ClientId bad_client() const { return ClientId(plan.clients); }

  template <typename Hook, typename... Arguments>
  void observe(Hook hook, const Arguments&... arguments) {
    for (const auto& observer : observers) ((*observer).*hook)(arguments...);
  }

  const Plan plan;
  Events events;
  Trace trace;
  Random network;
  Random disks;
  Random crashes;
  Random load;
  Random losses;  // of whole disks, and the nonces of each life
  const Keys keys;
  const SignatureScheme& scheme;
  const std::vector<std::unique_ptr<Signer>>& signers;
  Genesis genesis;
  std::vector<std::unique_ptr<Observer>> observers;
  linearizability::History history;  // of the loyal clients
  Totals totals;
  PowerCuts power_cuts;
};

}  // namespace quorate::simulation
