// A run told in words: what the traitors did, which crashes and view changes there were, the last steps before an
// invariant broke, and which one it is.
//
// A chronicle looks on and alters nothing: a run with it has the same trace.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/runs.h"

namespace quorate::simulation {

class Chronicle {
 public:
  /// Looks on in this cluster, which must outlive it, from before its start.
  explicit Chronicle(Cluster& cluster);

  /// The story, when this broke.
  std::string tell(const std::string& broken) const;

 private:
  class Ear;
  struct Step {
    std::uint64_t at_us = 0;
    std::string who;
    std::vector<Node> to;  // empty: no message
    std::string what;
    std::optional<SequenceNumber> n;
  };
  struct Lie {
    std::uint64_t acts = 0;
    std::uint64_t first_us = 0;
    std::uint64_t last_us = 0;
    std::vector<std::string> examples;
  };

  void sent(Node from, Node to, const Message& message);
  void look_at_liars(const std::string& what);
  void turn(ReplicaId replica, const std::string& what);
  void step(Step step);
  std::string at(std::uint64_t us) const;
  std::string name_of(Node node) const;

  Cluster& cluster_;
  std::deque<Step> steps_;                              // the newest
  std::vector<std::string> turns_;                      // crashes, restarts, views, states: all
  std::map<std::pair<ReplicaId, unsigned>, Lie> lies_;  // by liar and number
};

/// Runs the plan again and tells what happened, if it breaks an invariant.
std::string tell_story(const Plan& plan, const Preparation& prepare = nullptr);

/// The invariant by its number, as a sentence; empty for one without a number.
std::string sentence_of(const std::string& invariant);

}  // namespace quorate::simulation
