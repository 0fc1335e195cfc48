#include "tests/simulation/plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "messages/quorum.h"
#include "tests/simulation/plan_fields.h"
#include "tests/simulation/random.h"

namespace quorate::simulation {
namespace {

/// 1 to f traitors, each with one lie or two, some of them loyal for a while or most of the time.
std::vector<traitors::Posting> draw_postings(const Plan& plan, Random& random) {
  const auto& kinds = traitors::all_kinds();
  const std::uint64_t count = random.between(1, Quorums(plan.replicas).faulty_max());
  std::set<std::uint32_t> chosen;
  // The first to lead are the most dangerous.
  while (chosen.size() < count) {
    const std::uint64_t bound = random.one_in(2) ? count + 1 : plan.replicas;
    chosen.insert(static_cast<std::uint32_t>(random.below(bound)));
  }
  std::vector<traitors::Posting> postings;
  for (const std::uint32_t replica : chosen) {
    for (std::uint64_t lies = random.between(1, 2); lies != 0; --lies) {
      traitors::Posting posting{ReplicaId(replica), &kinds[random.below(kinds.size())], {}};
      if (random.one_in(4)) posting.activation.from_view = View(random.between(1, 3));
      if (random.one_in(4)) posting.activation.above = SequenceNumber(plan.checkpoint_interval);
      if (random.one_in(4)) posting.activation.permille = random.between(10, 500);
      postings.push_back(posting);
    }
  }
  return postings;
}

/// What seldom comes about by chance: after a quick view one whose primary is as slow as the timeout allows, and
/// nothing else that could make it leave for long enough.
Plan slow_primary(std::uint64_t seed, Random& random) {
  Plan plan;
  plan.seed = seed;
  plan.clients = static_cast<std::uint32_t>(random.between(1, 2));
  plan.outstanding = random.between(1, 2);
  plan.view_timeout_us = random.between(400'000, 600'000);
  plan.primary_crashes = true;
  plan.crash_every = 2'000;
  plan.chaos_us = 400'000;
  traitors::Posting slow{ReplicaId(1), traitors::find_kind("slow"), {}};
  slow.activation.from_view = View(1);
  plan.post(4, {slow});
  return plan;
}

}  // namespace

Plan Plan::draw(std::uint64_t seed) {
  Random random(seed, 1);
  const auto coin = [&] { return random.one_in(2); };
  constexpr std::array<std::uint32_t, 7> sizes = {4, 5, 6, 7, 8, 10, 13};
  // Small clusters run faster and are as telling: half of all seeds have four replicas.
  Plan plan;
  plan.seed = seed;
  plan.replicas = coin() ? 4 : sizes[random.below(sizes.size())];
  plan.clients = static_cast<std::uint32_t>(random.between(1, 4));
  plan.checkpoint_interval = random.between(2, 12);
  plan.log_window = plan.checkpoint_interval * random.between(2, 4);
  plan.client_window = random.between(8, 64);
  plan.pipeline_depth = static_cast<std::uint32_t>(random.between(1, 8));
  plan.status_interval_us = random.between(20'000, 250'000);
  plan.operations = random.between(300, 400);
  plan.outstanding = random.between(1, 8);
  plan.bad_client = coin();
  plan.client_restarts = coin();
  plan.delay_us = random.between(50, 2'000);
  if (coin()) plan.loss_permille = random.between(1, 300);
  if (coin()) plan.duplicate_permille = random.between(1, 300);
  plan.reordering = coin();
  plan.clogs = coin();
  plan.codec = random.one_in(8);
  plan.force_us = random.between(50, 2'000);
  plan.state_commit_us = random.between(500, 50'000);
  plan.disk_stalls = coin();
  plan.execute_us = random.between(5, 500);
  if (coin()) plan.crash_every = random.between(300, 6'000);
  plan.crash_all = coin();
  plan.time_bound_us = random.between(1'000, 100'000);
  // Beyond half the bound two loyal clocks may differ by more than it.
  if (coin()) plan.clock_skew_us = random.between(1, 2 * plan.time_bound_us);
  plan.chaos_us = random.between(300'000, 3'000'000);
  plan.client_memory = coin();
  plan.view_timeout_us = random.between(100'000, 600'000);
  plan.primary_crashes = coin();
  if (coin()) plan.down_after = random.between(0, Quorums(plan.replicas).faulty_max());
  if (coin()) plan.retained_batches = random.between(1, 2 * plan.checkpoint_interval);
  if (coin()) plan.state_losses = random.between(0, Quorums(plan.replicas).faulty_max());
  if (coin()) plan.post(plan.replicas, draw_postings(plan, random));
  // Real signatures cost fifty times the rest of a run: in small clusters only, one seed in sixteen or so.
  plan.real_signatures = plan.replicas == 4 && Random(seed, 100).one_in(9);
  plan.one_way_cuts = coin();
  plan.partitions = coin();
  plan.cuts_at_view_change = coin();
  Random losses(seed, 101);
  if (losses.one_in(2)) plan.disk_losses = losses.between(1, 4);
  if (losses.one_in(2)) plan.disk_rollbacks = losses.between(1, 4);
  Random later(seed, 102);
  if (later.one_in(2)) plan.verified_together = later.between(2, 16);
  return later.one_in(64) ? slow_primary(seed, later) : plan;
}

void Plan::post(std::uint32_t number, std::vector<traitors::Posting> chosen) {
  replicas = number;
  postings = std::move(chosen);
  for (const traitors::Posting& posting : postings) replicas = std::max(replicas, posting.replica.value + 1);
  const Quorums quorums(replicas);
  const std::uint32_t lying = liars();
  const auto left = [lying](std::uint32_t most) { return std::uint64_t{most > lying ? most - lying : 0}; };
  down_after = std::min({down_after, left(quorums.faulty_max()), left(replicas - quorums.quorum())});
  state_losses = std::min(state_losses, left(quorums.faulty_max()));
  // Whose requests never end outruns every transfer, unless batches are kept for as long as one takes.
  const bool endless = std::ranges::any_of(
      postings, [](const auto& posting) { return posting.kind->number >= 54 && posting.kind->number <= 58; });
  if (endless && retained_batches != 0) retained_batches = std::max(retained_batches, std::uint64_t{300});
}

std::uint32_t Plan::liars() const {
  std::set<ReplicaId> all;
  for (const traitors::Posting& posting : postings) all.insert(posting.replica);
  return static_cast<std::uint32_t>(all.size());
}

std::string Plan::describe() const {
  std::ostringstream out;
  out << "seed " << seed;
  for (const PlanField& field : plan_fields()) {
    const std::uint64_t value = get(*this, field);
    if (&field == plan_fields().data() || value == 0) continue;
    out << ", " << field.name;
    if (field.most != 1) out << ' ' << value;
  }
  for (const traitors::Posting& posting : postings) out << ", " << to_string(posting);
  return out.str();
}

}  // namespace quorate::simulation
