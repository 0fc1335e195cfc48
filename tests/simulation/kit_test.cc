// The kit around the simulator: scenarios as text, shrinking, stories. What must break does so without a patch: with
// more traitors than the protocol bears, or with an invariant that is wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/plan_fields.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/story.h"

namespace quorate::simulation {
namespace {

/// No invariant of ours: "no replica takes part in a view after the first".
class NoSecondView final : public Observer {
 public:
  void looked_at(ReplicaId replica, const CoreStatus& status) override {
    if (status.view.value != 0) throw Broken("I99 no second view: " + name(replica) + " is in " + name(status.view));
  }
};

RunResult run_with_wrong_invariant(const Plan& plan) {
  return run_plan(plan, nullptr,
                  [](Cluster& cluster) { cluster.world().observers.push_back(std::make_unique<NoSecondView>()); });
}

/// Two colluders among four who also schedule the network, and every fault that there is.
Plan too_many_liars() {
  Plan plan = Plan::draw(1);
  for (const PlanField& field : plan_fields()) {
    if (field.fault && get(plan, field) == 0) set(plan, field, 1);
  }
  plan.down_after = 0;
  plan.state_losses = 1;
  plan.loss_permille = 20;
  plan.crash_every = 3'000;
  plan.retained_batches = 20;
  plan.clock_skew_us = 1'000;
  const traitors::Kind* scheduler = traitors::find_kind("scheduler");
  plan.post(
      4,
      {{ReplicaId(0), scheduler, {}}, {ReplicaId(1), scheduler, {}}, {ReplicaId(1), traitors::find_kind("T59"), {}}});
  return plan;
}

/// The first of these seeds at which agreement breaks.
std::pair<Plan, RunResult> broken_agreement() {
  Plan plan = too_many_liars();
  for (plan.seed = 1; plan.seed <= 40; ++plan.seed) {
    RunResult result = run_plan(plan);
    if (result.broken && (invariant_of(*result.broken) == "I01" || invariant_of(*result.broken) == "I08")) {
      return {plan, result};
    }
  }
  return {plan, {}};
}

}  // namespace

TEST_CASE("a scenario is read as it is written, and is the same run to the byte") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Plan plan = Plan::draw(seed);
    const auto again = read_scenario(to_scenario(plan));
    CAPTURE(to_scenario(plan));
    REQUIRE_MESSAGE(again.has_value(), again.error());
    CHECK(to_scenario(*again) == to_scenario(plan));
    if (seed <= 2) CHECK(run_plan(*again).trace_hash == run_plan(plan).trace_hash);
  }
}

TEST_CASE("a scenario that cannot be is refused, with its line and what is allowed") {
  const auto error_of = [](const std::string& text) { return read_scenario(text).error(); };
  CHECK(error_of("replicas = 4\nreplica = 5\n") ==
        "line 2: there is no field 'replica'; --print-scenario shows them all");
  CHECK(error_of("replicas = 3") == "line 1: replicas = '3': expected a number from 4 to 64");
  CHECK(error_of("replicas = 7x").starts_with("line 1: replicas = '7x': expected a number"));
  CHECK(error_of("clogs = 2") == "line 1: clogs = '2': expected a number from 0 to 1");
  CHECK(error_of("replicas") == "line 1: expected name = value, got 'replicas'");
  CHECK(error_of("traitors = 1=T99") == "line 1: traitors: there is no traitor 'T99'");
  CHECK(error_of("traitors = 4=T01") == "traitors: there is no replica 4 of 4");
  CHECK(error_of("traitors = 0=T01,1=T01,2=T01,3=T01") == "traitors: at least one replica must be loyal");
  CHECK(error_of("checkpoint_interval = 5\nlog_window = 12").find("must be a multiple") != std::string::npos);
  CHECK(error_of("down_after = 2").find("fewer than a quorum of 3") != std::string::npos);
  CHECK(error_of("down_after = 1\ntraitors = 0=T08").find("fewer than a quorum of 3") != std::string::npos);
  CHECK(read_scenario("# nothing\n\n  loss_permille = 20 # some\n")->loss_permille == 20);
}

TEST_CASE("what broke is known by its number") {
  CHECK(invariant_of("I07 what is executed is durable: replica 1") == "I07");
  CHECK(invariant_of("certificates verify: the prepared certificate") == "certificates verify");
}

TEST_CASE("a broken agreement shrinks to the liars alone, and the same invariant breaks to the byte") {
  const auto [plan, result] = broken_agreement();
  REQUIRE(result.broken.has_value());
  const Shrunk shrunk = shrink(
      plan, result, [](const Plan& smaller) { return run_plan(smaller); }, 120);
  REQUIRE(shrunk.result.broken.has_value());
  CHECK(shrunk.runs <= 120);
  CHECK(invariant_of(*shrunk.result.broken) == invariant_of(*result.broken));
  CAPTURE(to_scenario(shrunk.plan));
  CHECK(3 * count_faults(shrunk.plan) <= count_faults(plan));
  const auto again = read_scenario(to_scenario(shrunk.plan));
  REQUIRE(again.has_value());
  const RunResult replayed = run_plan(*again);
  CHECK(replayed.broken == shrunk.result.broken);
  CHECK(replayed.trace_hash == shrunk.result.trace_hash);
}

TEST_CASE("a story says who lied, which slot broke, and what happened to it last") {
  const auto [plan, result] = broken_agreement();
  REQUIRE(result.broken.has_value());
  const std::string story = tell_story(plan);
  CAPTURE(story);
  const auto says = [&](const std::string& text) { return story.find(text) != std::string::npos; };
  CHECK(says(*result.broken));
  CHECK(says(sentence_of(invariant_of(*result.broken))));
  CHECK(says("replica 0, T64: colludes with the others"));
  CHECK(says("The last steps for n = "));
  CHECK(says("traitor 0"));
  CHECK(says("PRE-PREPARE for view "));
}

TEST_CASE("what needs one fault shrinks to that fault, and its story has the crash and the view change") {
  Plan plan = Plan::draw(3);
  plan.post(4, {});
  for (const PlanField& field : plan_fields()) {
    if (field.fault && field.most == 1) set(plan, field, 1);
  }
  plan.loss_permille = 5;
  plan.duplicate_permille = 40;
  plan.clock_skew_us = 100;
  plan.retained_batches = 40;
  plan.state_losses = 1;
  plan.crash_every = 2'000;
  plan.crash_all = false;
  plan.down_after = 1;
  plan.chaos_us = 3'000'000;
  const RunResult result = run_with_wrong_invariant(plan);
  REQUIRE(result.broken.has_value());
  const Shrunk shrunk = shrink(plan, result, run_with_wrong_invariant, 150);
  CAPTURE(to_scenario(shrunk.plan));
  CHECK(invariant_of(*shrunk.result.broken) == "I99");
  CHECK(3 * count_faults(shrunk.plan) <= count_faults(plan));

  Cluster cluster(shrunk.plan);
  cluster.world().observers.push_back(std::make_unique<NoSecondView>());
  const Chronicle chronicle(cluster);
  std::string story;
  try {
    cluster.run();
  } catch (const Broken& broken) {
    story = chronicle.tell(broken.what());
  }
  CAPTURE(story);
  CHECK(story.find("asks for view 1") != std::string::npos);
  CHECK(story.find("The traitors:\n  none\n") != std::string::npos);
}

TEST_CASE("a chronicle alters nothing") {
  const Plan plan = Plan::draw(11);
  std::unique_ptr<Chronicle> chronicle;
  const RunResult told =
      run_plan(plan, nullptr, [&](Cluster& cluster) { chronicle = std::make_unique<Chronicle>(cluster); });
  CHECK(told.trace_hash == run_plan(plan).trace_hash);
}

TEST_CASE("seeds try what they must: half change views' cause, one in twenty has real signatures") {
  std::uint64_t real = 0;
  std::uint64_t liars = 0;
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    const Plan plan = Plan::draw(seed);
    CHECK(plan.operations >= 300);
    if (plan.real_signatures) ++real;
    if (!plan.postings.empty()) ++liars;
  }
  CHECK(real >= 500);
  CHECK(liars >= 4'800);
}

TEST_CASE("a run with real signatures keeps every invariant") {
  Plan plan = Plan::draw(5);
  plan.post(4, {{ReplicaId(1), traitors::find_kind("T26"), {}}});
  plan.real_signatures = true;
  plan.operations = 40;
  const RunResult result = run_plan(plan);
  CHECK_MESSAGE(!result.broken, result.broken.value_or(""));
}

TEST_CASE("marks: what a run has met is counted, what it has not is named") {
  Plan calm;
  calm.seed = 1;
  const Marks marks = run_plan(calm).totals.marks;
  const auto unmet = marks.unmet();
  const auto lacks = [&](std::string_view name) { return std::ranges::find(unmet, name) != unmet.end(); };
  CHECK(lacks("left_slow"));
  CHECK(lacks("bad_signature"));
  CHECK_FALSE(lacks("restart_with_nothing"));
  CHECK_FALSE(lacks("frame_too_large"));  // cannot come up here

  Plan slow = Plan::draw(312);  // a quick view, and a slow primary
  Marks both = run_plan(slow).totals.marks;
  both += marks;
  CHECK(both.edges[static_cast<std::size_t>(RecoveryEdge::left_slow)] != 0);
  CHECK(both.unmet().size() < unmet.size());
}

}  // namespace quorate::simulation
