// Every order, loss and timeout of a small cluster with a traitor, over the real core: n = 4, one slot or two, two
// views.
//
// What was said may be delivered at any later time or never, so a state of the whole is no more than the states of its
// loyal replicas. Agreement is checked in each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/small_scope/replicas.h"

namespace quorate::small_scope {

struct Scope {
  std::vector<std::uint32_t> traitors = {0};  // the primary of view 0 is replica 0
  std::uint32_t slots = 1;
  bool timeouts = true;  // each loyal replica may leave view 0
  std::uint64_t states_max = 1'000'000;
};

struct Found {
  std::uint64_t states = 0;           // of the whole, distinct
  std::uint64_t replica_states = 0;   // distinct
  std::uint64_t merged = 0;           // replica states that several orders led to
  std::uint64_t decided = 0;          // states in which all loyal replicas have decided
  std::uint64_t second_views = 0;     // states in which one is active in view 1
  bool complete = false;              // nothing is left to try
  std::optional<std::string> broken;  // what, and the steps to it
};

Found explore(const Scope& scope);

}  // namespace quorate::small_scope
