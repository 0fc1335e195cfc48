// Each traitor in the simulator, alone and in pairs, and the control in which there are too many of them.
//
// The fast cases belong to every test run; those whose names begin with "long" to `make test-traitors`.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/simulation/cluster.h"
#include "tests/traitors/registry.h"

namespace quorate::simulation {
namespace {

using traitors::Activation;
using traitors::all_kinds;
using traitors::Kind;
using traitors::Posting;

struct Outcome {
  std::string broken;
  Totals totals;
};

enum class Witnesses : std::uint8_t { all, clients };  // clients: no invariant looks at replicas while they run

Outcome run(const Plan& plan, Witnesses witnesses = Witnesses::all) {
  Cluster cluster(plan);
  if (witnesses == Witnesses::clients) {
    World& world = cluster.world();
    const auto invariants = all_invariants({&world.genesis, &world.scheme, {}}).size();
    world.observers.erase(world.observers.begin(), world.observers.begin() + static_cast<std::ptrdiff_t>(invariants));
  }
  try {
    cluster.run();
  } catch (const Broken& broken) {
    return {broken.what(), cluster.world().totals};
  }
  return {{}, cluster.world().totals};
}

Posting posting(std::uint64_t replica, const Kind& kind) {
  return {ReplicaId(static_cast<std::uint32_t>(replica)), &kind, Activation()};
}

/// A plan in which this traitor has something to do: a traitor that lies about views needs some, one that lies
/// about states needs somebody who has lost one.
Plan stage(std::uint64_t seed, std::uint32_t replicas, const std::vector<Posting>& postings) {
  Plan plan = Plan::draw(seed);
  plan.chaos_us = 2'000'000;
  for (const Posting& one : postings) {
    const unsigned number = one.kind->number;
    if (number >= 30 && number <= 45) {
      plan.crash_every = 500;
      plan.primary_crashes = true;
    }
    if (number >= 49 && number <= 53) {
      plan.crash_every = 500;
      plan.retained_batches = 1;
      plan.state_losses = 2;
    }
  }
  plan.post(replicas, postings);
  return plan;
}

void holds(std::uint64_t seed, std::uint32_t replicas, const std::vector<Posting>& postings) {
  const Plan plan = stage(seed, replicas, postings);
  const Outcome outcome = run(plan);
  CHECK_MESSAGE(outcome.broken.empty(), outcome.broken, " in ", plan.describe());
}

/// f traitors of drawn kinds, the first among them.
std::vector<Posting> company(const Kind& first, std::uint64_t seed, std::uint32_t replicas) {
  Random random(seed, first.number);
  std::vector<Posting> postings = {posting(seed % replicas, first)};
  for (std::uint32_t i = 1; i < Quorums(replicas).faulty_max(); ++i) {
    postings.push_back(posting((seed + i) % replicas, all_kinds()[random.below(all_kinds().size())]));
  }
  postings.push_back(posting(seed % replicas, all_kinds()[random.below(all_kinds().size())]));
  return postings;
}

TEST_CASE("each traitor has a number, a name and a line of its own") {
  std::set<unsigned> numbers;
  std::set<std::string> names;
  for (const Kind& kind : all_kinds()) {
    CAPTURE(kind.name);
    CHECK(numbers.insert(kind.number).second);
    CHECK(names.insert(kind.name).second);
    CHECK(std::string(kind.description).size() <= 80);
    CHECK(traitors::find_kind(kind.name) == &kind);
  }
}

TEST_CASE("postings are read as they are written") {
  const auto postings = traitors::parse_postings("2=T01,5=two-faced@view:3@permille:20,2=T46@above:8");
  REQUIRE(postings.has_value());
  REQUIRE(postings->size() == 3);
  CHECK(to_string((*postings)[0]) == "2=T01");
  CHECK(to_string((*postings)[1]) == "5=T36@view:3@permille:20");
  CHECK(to_string((*postings)[2]) == "2=T46@above:8");
  for (const char* wrong : {"T01", "x=T01", "2=T99", "2=T01@view", "2=T01@wievs:2", "2=T01@view:x"}) {
    CAPTURE(wrong);
    CHECK(!traitors::parse_postings(wrong).has_value());
  }
}

TEST_CASE("each traitor alone among four") {
  for (const Kind& kind : all_kinds()) holds(kind.number, 4, {posting(kind.number % 4, kind)});
}

TEST_CASE("each traitor acts in one of twenty seeds") {
  for (const Kind& kind : all_kinds()) {
    CAPTURE(kind.number);
    const bool larger = kind.number == 38 || (kind.number >= 49 && kind.number <= 53);
    const std::uint32_t replicas = larger ? 7 : 4;
    std::uint64_t acts = 0;
    for (std::uint64_t seed = 1; seed <= 20 && acts == 0; ++seed) {
      std::vector<Posting> postings = {posting(seed % replicas, kind)};
      // Somebody must have proposed two things before one can take the wrong one.
      if (kind.number == 38) postings.push_back(posting((seed + 6) % replicas, *traitors::find_kind("equivocate")));
      Outcome outcome = run(stage(seed, replicas, postings));
      CHECK_MESSAGE(outcome.broken.empty(), outcome.broken, " at seed ", seed);
      acts += outcome.totals.acts[kind.number];
    }
    CHECK(acts != 0);
  }
}

TEST_CASE("T67: with f+1 traitors the checkers fire") {
  for (const std::uint32_t replicas : {4U, 7U, 10U}) {
    CAPTURE(replicas);
    std::vector<Posting> postings;
    for (std::uint32_t i = 0; i <= Quorums(replicas).faulty_max(); ++i) {
      postings.push_back(posting(i, *traitors::find_kind("control")));
    }
    bool fired = false;
    for (std::uint64_t seed = 1; seed <= 20 && !fired; ++seed) {
      const Outcome outcome = run(stage(seed, replicas, postings));
      fired = outcome.broken.starts_with("I01") || outcome.broken.starts_with("I08");
    }
    CHECK(fired);
  }
}

/// Two quorums have f+1 liars and a loyal replica in common there, but f+1 equal answers may be of liars alone.
TEST_CASE("T67: at n = 3f+2, f+1 who answer wrongly break what clients see, and not agreement") {
  for (const std::uint32_t replicas : {5U, 8U}) {
    CAPTURE(replicas);
    std::vector<Posting> liars;
    for (std::uint32_t i = 0; i <= Quorums(replicas).faulty_max(); ++i) {
      liars.push_back(posting(i, *traitors::find_kind("wrong-replies")));
    }
    std::uint64_t unlinearizable = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Plan plan = stage(seed, replicas, liars);
      plan.client_memory = false;  // who remembers notices "too old" before a wrong result
      const Outcome whole = run(plan);
      CHECK_FALSE(whole.broken.starts_with("I01"));
      CHECK_FALSE(whole.broken.starts_with("I08"));
      unlinearizable += run(plan, Witnesses::clients).broken.starts_with("I05") ? 1 : 0;
    }
    CHECK(unlinearizable != 0);
  }
}

TEST_CASE("long: each traitor at each size, alone and in company" * doctest::skip()) {
  for (const std::uint32_t replicas : {4U, 5U, 6U, 7U, 10U}) {
    for (const Kind& kind : all_kinds()) {
      for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        holds(seed, replicas, {posting((seed - 1) % replicas, kind)});
        holds(seed + 100, replicas, company(kind, seed, replicas));
      }
    }
  }
}

}  // namespace
}  // namespace quorate::simulation
