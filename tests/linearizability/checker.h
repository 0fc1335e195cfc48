// Linearizability of a history of transactions (Herlihy and Wing, TOPLAS 1990): is there one order of all calls, each
// between its call and its answer, in which each answer is right?
//
// A search after Wing and Gong with Lowe's memory of what was tried ("Testing for linearizability", 2017), and three
// cuts of its own. Calls that share no keys are judged apart. A call is put before another's answer only when it
// matters to it. A single write without an answer is put in only when somebody saw it.
#pragma once

#include <cstdint>
#include <string>

#include "tests/linearizability/history.h"

namespace quorate::linearizability {

enum class Verdict : std::uint8_t {
  linearizable,
  not_linearizable,
  undecided,  // more to try than was allowed
};

struct Judgement {
  Verdict verdict = Verdict::linearizable;
  std::uint64_t calls = 0;
  std::uint64_t parts = 0;  // judged apart
  std::uint64_t tried = 0;  // states that the search went through
  std::string explanation;  // what could not be placed, and what it would have had to see
};

/// `tries_max`: states to go through before the search gives up.
Judgement judge(const History& history, std::uint64_t tries_max = 20'000'000);

/// A call in words, for explanations.
std::string describe(const Call& call);

}  // namespace quorate::linearizability
