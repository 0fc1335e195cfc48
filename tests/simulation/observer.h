// What an invariant can see: everything that leaves a replica, reaches its disk, is executed or is acknowledged.
//
// Invariants are of the loyal replicas. One that is broken throws Broken, which ends the run.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "replica/service/service.h"
#include "tests/simulation/disk.h"

namespace quorate::simulation {

/// An invariant does not hold.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What invariants may know of the whole.
struct WholeCluster {
  const Genesis* genesis = nullptr;
  const SignatureScheme* scheme = nullptr;
  std::vector<const Disk*> disks;  // of the loyal replicas; null for traitors
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// A loyal client signed this operation.
  virtual void issued(ClientId, Timestamp, const Digest& /*operation*/) {}
  /// A record was made durable.
  virtual void durable(ReplicaId, const LogRecord&) {}
  /// A message leaves a replica.
  virtual void sent(ReplicaId, const Message&) {}
  virtual void executed(ReplicaId, const Execute&, const ExecutedBatch&) {}
  /// The root that a replica computed at n = mK.
  virtual void checkpointed(ReplicaId, SequenceNumber, const Digest& /*root*/) {}
  /// f+1 replicas signed this leaf to a loyal client.
  virtual void acknowledged(const Leaf&) {}
  /// A replica's process ends; a traitor's too.
  virtual void crashed(ReplicaId) {}
  /// The disk of a replica that is down was lost, or an older copy was put in its place.
  virtual void lost(ReplicaId, bool /*rolled_back*/) {}
  /// A replica begins again from its disk.
  virtual void restarted(ReplicaId, SequenceNumber /*state*/) {}
  /// A replica fetched the state at n from its peers.
  virtual void installed(ReplicaId, SequenceNumber /*n*/) {}
  /// After each event that touched a replica.
  virtual void looked_at(ReplicaId, const CoreStatus&) {}
  /// All is quiet and healed.
  virtual void ended() {}
};

/// Every invariant that the keel knows, one file each in invariants/.
std::vector<std::unique_ptr<Observer>> all_invariants(const WholeCluster& all);

}  // namespace quorate::simulation
