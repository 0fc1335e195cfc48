// Lamport, Shostak and Pease, "The Byzantine Generals Problem" (1982), by name.
//
// The general is the primary of a view, his order the batch that he proposes for n, and to obey is to execute it.
//   IC1: all loyal lieutenants obey the same order.
//   IC2: if the commanding general is loyal, every loyal lieutenant obeys the order he sends.
// Both for every traitor, at each size with as many traitors as it bears; and where there is one too many (n = 3m),
// both checkers fire.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/runs.h"
#include "tests/traitors/registry.h"

namespace quorate::simulation {
namespace {

using traitors::all_kinds;
using traitors::Kind;
using traitors::Posting;

/// What generals ordered and lieutenants obeyed; shares no code with the invariants.
class Generals final : public Observer {
 public:
  explicit Generals(const Quorums& quorums) : quorums_(quorums) {}

  /// Only the loyal are observed: so these are a loyal general's orders.
  void sent(ReplicaId replica, const Message& message) override {
    const auto* order = std::get_if<PrePrepare>(&message);
    if (order == nullptr || quorums_.primary_of(order->header.view) != replica) return;
    ordered_.try_emplace({order->header.view, order->header.n}, order->header.digest);
  }
  void looked_at(ReplicaId, const CoreStatus& status) override { newest_ = std::max(newest_, status.view); }
  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch&) override {
    obeyed_[slot.n].emplace(replica, slot.digest);
  }

  bool ic1() const {
    for (const auto& [n, by] : obeyed_) {
      for (const auto& [replica, digest] : by) {
        if (digest != by.begin()->second) return false;
      }
    }
    return true;
  }
  /// Of the general of view 0, as long as he commanded: nobody leaves a loyal general for liars. What he ordered when
  /// the campaign ended is not obeyed yet.
  bool ic2(std::size_t loyal) const {
    if (newest_ != View(0) || ordered_.empty() || obeyed_.empty()) return false;
    for (const auto& [at, digest] : ordered_) {
      if (at.second > obeyed_.rbegin()->first) continue;
      const auto by = obeyed_.find(at.second);
      if (by == obeyed_.end() || by->second.size() != loyal) return false;
      for (const auto& [replica, executed] : by->second) {
        if (executed != digest) return false;
      }
    }
    return true;
  }

 private:
  const Quorums quorums_;
  std::map<std::pair<View, SequenceNumber>, Digest> ordered_;
  std::map<SequenceNumber, std::map<ReplicaId, Digest>> obeyed_;
  View newest_;
};

struct Campaigned {
  bool ic1 = false;
  bool ic2 = false;
  std::string broken;  // by the invariants of all runs
};

enum class Judges : std::uint8_t { all, generals_only };

/// A short campaign on a calm network, so that nobody but the traitors is to blame.
Campaigned campaign(std::uint64_t seed, std::uint32_t generals, std::vector<Posting> postings,
                    Judges judges = Judges::all) {
  Plan plan;
  plan.seed = seed;
  plan.clients = 2;
  plan.operations = 16;
  plan.outstanding = 2;
  plan.checkpoint_interval = 4;
  plan.log_window = 8;
  plan.chaos_us = 400'000;
  plan.post(generals, std::move(postings));
  const std::size_t loyal = plan.replicas - plan.liars();
  Campaigned result;
  Generals* generals_seen = nullptr;
  Cluster cluster(plan);
  auto observer = std::make_unique<Generals>(cluster.world().genesis.quorums());
  generals_seen = observer.get();
  // Before the invariants, which end the run; the last one is no invariant.
  auto& observers = cluster.world().observers;
  if (judges == Judges::generals_only) observers.erase(observers.begin(), observers.end() - 1);
  observers.insert(observers.begin(), std::move(observer));
  try {
    cluster.run();
  } catch (const Broken& broken) {
    result.broken = broken.what();
  }
  result.ic1 = generals_seen->ic1();
  result.ic2 = generals_seen->ic2(loyal);
  return result;
}

/// `count` traitors of one kind, from this replica on.
std::vector<Posting> band_of(const Kind& kind, std::uint32_t first, std::uint32_t count) {
  std::vector<Posting> postings;
  for (std::uint32_t i = 0; i < count; ++i) postings.push_back({ReplicaId(first + i), &kind, {}});
  return postings;
}

void conditions_hold(std::uint32_t generals) {
  const std::uint32_t traitors = Quorums(generals).faulty_max();
  for (const Kind& kind : all_kinds()) {
    CAPTURE(generals);
    CAPTURE(std::string(kind.name));
    const Campaigned with_traitor = campaign(kind.number, generals, band_of(kind, 0, traitors));
    CHECK_MESSAGE(with_traitor.ic1, with_traitor.broken);
    CHECK(with_traitor.broken == "");
    const Campaigned with_loyal = campaign(kind.number, generals, band_of(kind, generals - traitors, traitors));
    CHECK(with_loyal.ic1);
    CHECK_MESSAGE(with_loyal.ic2, with_loyal.broken);
    CHECK(with_loyal.broken == "");
  }
}

}  // namespace

TEST_CASE("IC1 and IC2 at n = 4, for every traitor") { conditions_hold(4); }

TEST_CASE("long: IC1 and IC2 at n = 5, 6, 7, 10 and 13, for every traitor" * doctest::skip()) {
  for (const std::uint32_t generals : {5U, 6U, 7U, 10U, 13U}) conditions_hold(generals);
}

TEST_CASE("control: with m traitors among 3m generals, IC1 falls") {
  const Kind& scheduler = *traitors::find_kind("scheduler");
  for (const std::uint32_t m : {2U, 3U, 4U}) {
    CAPTURE(m);
    bool fired = false;
    for (std::uint64_t seed = 1; seed <= 20 && !fired; ++seed) {
      fired = !campaign(seed, 3 * m, band_of(scheduler, 0, m), Judges::generals_only).ic1;
    }
    CHECK(fired);
  }
}

TEST_CASE("control: with f+1 silent lieutenants, IC2 falls") {
  for (const std::uint32_t generals : {4U, 7U}) {
    CAPTURE(generals);
    const std::uint32_t too_many = Quorums(generals).faulty_max() + 1;
    const Campaigned lost = campaign(1, generals, band_of(*traitors::find_kind("T08"), generals - too_many, too_many));
    CHECK(!lost.ic2);
    CHECK(lost.ic1);
    CHECK(lost.broken.starts_with("I16"));
  }
}

}  // namespace quorate::simulation
