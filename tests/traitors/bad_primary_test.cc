// Primaries that harm without stopping, and how long they keep their view (replica/README.md, section 6).
#include <doctest/doctest.h>

#include <string>

#include "tests/simulation/cluster.h"
#include "tests/traitors/registry.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t timeout_us = 300'000;

/// Busy clients, calm network; view 0 served for a while, then its primary died, and replica 1 leads view 1.
class SecondView {
 public:
  explicit SecondView(const std::string& posting) : cluster_(plan(posting)) {
    cluster_.start();
    run_for(2'000'000);
    cluster_.crash(ReplicaId(0));
    cluster_.run_until([&] { return view() == View(1); }, 3'000'000, "view 1 begins");
    cluster_.restart(ReplicaId(0));
  }

  /// Of loyal replicas.
  View view() {
    View newest;
    for (const std::uint32_t i : {2U, 3U}) newest = std::max(newest, cluster_.host(i).status().view);
    return newest;
  }
  void run_for(std::uint64_t us) {
    const std::uint64_t end = cluster_.world().events.now_us() + us;
    cluster_.run_until([&] { return cluster_.world().events.now_us() >= end; }, us + 1'000'000, "time passes");
  }
  Grievance complaint_of(std::uint32_t replica) {
    const auto left = cluster_.host(replica).status().left;
    return left ? left->why : Grievance::none;
  }
  /// How long view 1 lasts from now on; at most `us`.
  std::uint64_t lasts(std::uint64_t us) {
    const std::uint64_t begun = cluster_.world().events.now_us();
    while (view() == View(1) && cluster_.world().events.now_us() < begun + us) run_for(20'000);
    return cluster_.world().events.now_us() - begun;
  }

 private:
  static Plan plan(const std::string& posting) {
    Plan plan;
    plan.seed = 85;
    plan.clients = 4;
    plan.outstanding = 8;
    plan.operations = 1'000'000;
    plan.status_interval_us = 50'000;  // and clients ask all replicas after twice that
    plan.view_timeout_us = timeout_us;
    if (!posting.empty()) plan.post(4, *traitors::parse_postings(posting));
    return plan;
  }

  Cluster cluster_;
};

}  // namespace

TEST_CASE("T09: a primary that is slow just under the timeout loses its view, by the record of the view before") {
  SecondView cluster("1=T09@view:1");
  CHECK(cluster.lasts(60'000'000) < 24 * timeout_us);
  const bool slow = cluster.complaint_of(2) == Grievance::slow || cluster.complaint_of(3) == Grievance::slow;
  CHECK(slow);
}

TEST_CASE("a loyal primary with the same load keeps its view") {
  SecondView cluster("");
  CHECK(cluster.lasts(6'000'000) >= 6'000'000);
}

TEST_CASE("T10, T11, T17: primaries that censor, serve a friend or order nulls lose their view") {
  for (const char* kind : {"T10", "T11", "T17"}) {
    CAPTURE(kind);
    SecondView cluster(std::string("1=") + kind + "@view:1");
    CHECK(cluster.lasts(60'000'000) < 6 * timeout_us);
  }
}

}  // namespace quorate::simulation
