// What happened, told in words: what became durable at each replica, what it executed, and what the network lost.
//
// Told since the last asking, and for replicas with the same story once. Within a view the order of a replica's steps
// is not told: it is the simulator's chance. The words of one replica: "accepts 1-3", "prepares", "commits",
// "executes", "stable at 4", "leaves for view 1 (P 1-2)", "enters view 1 (V 0-2, O 1-2)", "fetches the state of 8".
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "messages/batch.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

/// "1-3, 5".
std::string ranges(const std::set<std::uint64_t>& numbers);

class Narrator final : public Observer {
 public:
  void durable(ReplicaId replica, const LogRecord& record) override;
  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch&) override;
  void installed(ReplicaId replica, SequenceNumber n) override;
  void acknowledged(const Leaf&) override { ++answered_; }
  /// A mark is on its way to the log: none waits for it, so it may be durable much later.
  void committed(ReplicaId replica, const CommittedRecord& mark);
  /// A script lost this message.
  void lost(std::uint32_t from, std::uint32_t to, const std::string& what);

  /// The story since the last call, one line for each group of replicas, then what clients heard and what was lost.
  std::vector<std::string> tell();

 private:
  struct Numbers {
    std::set<std::uint64_t> batches;
    std::set<std::uint64_t> nulls;
  };
  /// Between two changes of view: what it did, in the order of the protocol.
  struct Phase {
    std::string opening;  // how it came about; empty for the first
    std::map<std::string, Numbers> steps;
  };
  void step(ReplicaId replica, const std::string& kind, SequenceNumber n, bool null);
  void turn(ReplicaId replica, std::string opening);
  static std::string told(const Numbers& numbers);
  static std::string told(const std::vector<Phase>& phases);

  std::map<ReplicaId, std::vector<Phase>> phases_;
  std::map<std::string, std::pair<std::set<std::uint64_t>, std::set<std::uint64_t>>> lost_;
  std::map<ReplicaId, std::set<SequenceNumber>> committed_;  // told
  std::uint64_t answered_ = 0;
};

}  // namespace quorate::simulation
