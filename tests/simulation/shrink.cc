#include "tests/simulation/shrink.h"

#include <algorithm>

#include "messages/quorum.h"
#include "tests/simulation/plan_fields.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t seeds_for_each = 3;
constexpr std::uint64_t operations_least = 20;

class Shrinker {
 public:
  Shrinker(const Plan& plan, const RunResult& result, const RunPlan& run, std::uint64_t runs_max)
      : best_{plan, result, 0}, invariant_(invariant_of(*result.broken)), run_(run), runs_max_(runs_max) {}

  Shrunk shrink() {
    all_off();
    bool better = true;
    while (better) {
      better = drop_lies();
      better = drop_faults() || better;
      better = smaller() || better;
      better = halve_faults() || better;
    }
    return best_;
  }

 private:
  /// Takes the altered plan over if it still breaks the invariant, with this `seed` or one of the next.
  bool attempt(Plan plan) {
    for (std::uint64_t i = 0; i < seeds_for_each && best_.runs < runs_max_; ++i, ++plan.seed) {
      ++best_.runs;
      RunResult result = run_(plan);
      if (!result.broken || invariant_of(*result.broken) != invariant_) continue;
      best_.plan = std::move(plan);
      best_.result = std::move(result);
      return true;
    }
    return false;
  }
  template <typename Change>
  bool attempt_with(const Change& change) {
    Plan plan = best_.plan;
    change(plan);
    return attempt(std::move(plan));
  }

  /// The shortest way: no fault but the lies, or no lie but the faults.
  void all_off() {
    attempt_with([](Plan& plan) {
      for (const PlanField& field : plan_fields()) {
        if (field.fault) set(plan, field, 0);
      }
    });
    if (!best_.plan.postings.empty()) attempt_with([](Plan& plan) { plan.postings.clear(); });
  }

  bool drop_lies() {
    bool better = false;
    for (std::size_t i = best_.plan.postings.size(); i-- != 0;) {
      better |= attempt_with([i](Plan& plan) { plan.postings.erase(plan.postings.begin() + static_cast<long>(i)); });
    }
    for (std::size_t i = 0; i < best_.plan.postings.size(); ++i) {
      const traitors::Activation when = best_.plan.postings[i].activation;
      if (when.from_view.value == 0 && when.above.value == 0 && when.permille >= 1000) continue;
      better |= attempt_with([i](Plan& plan) { plan.postings[i].activation = {}; });
    }
    return better;
  }

  bool drop_faults() {
    bool better = false;
    for (const PlanField& field : plan_fields()) {
      if (!field.fault || get(best_.plan, field) == 0) continue;
      better |= attempt_with([&](Plan& plan) { set(plan, field, 0); });
    }
    return better;
  }

  bool halve_faults() {
    bool better = false;
    for (const PlanField& field : plan_fields()) {
      if (!field.fault || field.most == 1) continue;
      const std::uint64_t value = get(best_.plan, field);
      if (value < 2) continue;
      // Half as many crashes are twice the distance between them.
      const bool distance = std::string_view(field.name) == "crash_every";
      if (distance && value > 100'000) continue;
      better |= attempt_with([&](Plan& plan) { set(plan, field, distance ? 2 * value : value / 2); });
    }
    return better;
  }

  bool smaller() {
    bool better = false;
    const Plan& now = best_.plan;
    std::uint32_t least = 4;
    for (const traitors::Posting& posting : now.postings) least = std::max(least, posting.replica.value + 1);
    if (now.replicas > least) {
      better |= attempt_with([least](Plan& plan) { plan.post(least, plan.postings); });
    }
    if (now.clients > 1) better |= attempt_with([](Plan& plan) { plan.clients = 1; });
    if (now.operations >= 2 * operations_least) better |= attempt_with([](Plan& plan) { plan.operations /= 2; });
    if (now.outstanding > 1) better |= attempt_with([](Plan& plan) { plan.outstanding = 1; });
    if (now.chaos_us >= 100'000) better |= attempt_with([](Plan& plan) { plan.chaos_us /= 2; });
    if (now.real_signatures) better |= attempt_with([](Plan& plan) { plan.real_signatures = false; });
    if (now.verified_together > 1) better |= attempt_with([](Plan& plan) { plan.verified_together = 1; });
    if (now.codec) better |= attempt_with([](Plan& plan) { plan.codec = false; });
    return better;
  }

  Shrunk best_;
  const std::string invariant_;
  const RunPlan& run_;
  const std::uint64_t runs_max_;
};

}  // namespace

Shrunk shrink(const Plan& plan, const RunResult& result, const RunPlan& run, std::uint64_t runs_max) {
  return Shrinker(plan, result, run, runs_max).shrink();
}

}  // namespace quorate::simulation
