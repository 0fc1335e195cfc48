// One simulated cluster from one plan: hosts, clients, network and invariants, and the two phases of a run.
//
// In the first phase the plan's faults happen, crashes at any event. Then everything is healed, and within a stated
// virtual time every request must be answered and all replicas must agree.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/host.h"
#include "tests/simulation/load.h"
#include "tests/simulation/network.h"
#include "tests/simulation/world.h"

namespace quorate::simulation {

class Cluster {
 public:
  /// `read_along`: where the trace goes as text; null for nowhere.
  explicit Cluster(const Plan& plan, std::ostream* read_along = nullptr);

  /// Both phases. Throws Broken.
  void run();

  // For scripts:

  void start();
  /// Runs events until `reached`, throws Broken if that takes more virtual time than this.
  void run_until(const std::function<bool()>& reached, std::uint64_t within_us, const char* what);
  void crash(ReplicaId replica);
  void restart(ReplicaId replica);
  /// Ends all faults of the network and disks, and restarts who is down.
  void heal();
  bool all_agree() const;
  bool have_their_blocks() const;
  void check_ledgers() const;
  World& world() { return world_; }
  Network& network() { return network_; }
  Host& host(std::uint32_t replica) { return *hosts_[replica]; }
  LoyalClient& client(std::uint32_t client) { return *clients_[client]; }

 private:
  void post_traitors();
  void deliver(Node to, Node from, const Message& message);
  void injure();
  /// Runs `action`; a process that ends in it at a chosen write begins anew after a while.
  void with_power_cuts(const std::function<void()>& action);
  void keep_down();
  /// Whether one more replica may lose its disk at this moment.
  bool may_damage() const;
  bool damage_disk(Host& host);
  bool nobody_is_mute() const;
  /// Of the newest view that a replica is in.
  ReplicaId primary() const;
  bool finished() const;
  /// Where everybody stands, for a story.
  std::string standing() const;
  void check_end();

  World world_;
  Network network_;
  traitors::Scratch scratch_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<Host*> loyal_;
  Additions* additions_;  // one of the world's observers
  std::vector<std::unique_ptr<LoyalClient>> clients_;
  BadClient bad_client_;
  std::uint64_t states_lost_ = 0;
  std::uint64_t disks_lost_ = 0;
  std::uint64_t disks_rolled_back_ = 0;
};

}  // namespace quorate::simulation
