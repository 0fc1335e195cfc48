// The judgement of a primary that is slow just under the timeout, by the replica's own record of recent views.
#include <doctest/doctest.h>

#include <deque>

#include "replica/core/pace.h"
#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
namespace {

constexpr std::uint64_t step_us = 10'000;
constexpr std::uint64_t window_us = 4 * timeout_us;
constexpr std::uint64_t long_wait_us = timeout_us / 8;
constexpr std::uint64_t settling_us = 8 * timeout_us;

/// What one replica sees of its primaries, in steps of 10 ms.
class Watcher {
 public:
  Watcher() : context_(cluster_.genesis(), ReplicaId(3), key_, CoreOptions(), {SteadyTime(1'000'000), noon}) {}

  /// In each step a client hands in so many operations here; each is executed after so long.
  void serve(std::uint64_t us, std::uint32_t operations, std::uint64_t wait_us, bool own_fault = false) {
    for (std::uint64_t passed = 0; passed < us; passed += step_us) {
      pass(step_us);
      waiting_.push_back({context_.now.steady, next_bundle(operations)});
      CHECK(admission_.admit(waiting_.back().second, ClientId(0)).has_value());
      while (!waiting_.empty() && context_.now.steady - waiting_.front().first >= wait_us) {
        execute(waiting_.front().second);
        waiting_.pop_front();
      }
      pace.watch(true, own_fault);
    }
  }
  /// Nothing is admitted here; slots come and go.
  void calm(std::uint64_t us, std::uint32_t operations) {
    for (std::uint64_t passed = 0; passed < us; passed += step_us) {
      pass(step_us);
      execute(next_bundle(operations));
      pace.watch(true, false);
    }
  }
  void idle(std::uint64_t us) {
    pace.watch(false, false);
    pass(us);
    pace.watch(false, false);
  }
  /// Proposals whose time is this far behind our clock, each executed.
  void propose(std::uint64_t us, std::uint64_t behind_us) {
    for (std::uint64_t passed = 0; passed < us; passed += step_us) {
      pass(step_us);
      pace.watch(true, false);
      pace.proposed(WallTime(context_.now.wall.value - behind_us));
      execute(next_bundle(1));
    }
  }
  void next_view() {
    pace.left();
    ++context_.view;
    pace.entered();
  }
  /// Three views with this pace, and a fourth that has settled.
  void past(std::uint32_t operations) {
    for (int view = 0; view < 3; ++view) {
      calm(2'000'000, operations);
      next_view();
    }
    settle();
  }
  void settle() { calm(settling_us, 1); }

 private:
  BundlePtr next_bundle(std::uint32_t operations) {
    t_ += operations;
    return cluster_.bundle(0, t_ - operations, operations);
  }
  void execute(const BundlePtr& bundle) {
    const std::vector<BundlePtr> bundles = {bundle};
    const BatchPtr batch = Batch::build(noon, bundles);
    Executed result{++n_, {}};
    const BundleView& view = bundle->view();
    for (std::size_t i = 0; i < view.operations.size(); ++i) result.operations.push_back({view.client, view.first + i});
    pace.executed(result, batch.get());
    admission_.executed(result, batch.get());
  }
  void pass(std::uint64_t us) {
    context_.now.steady = context_.now.steady + us;
    context_.now.wall = context_.now.wall + us;
  }

  SampleCluster cluster_;
  Ed25519Signer key_{seed_of(4)};
  Context context_;
  Admission admission_{context_, {}};
  std::deque<std::pair<SteadyTime, BundlePtr>> waiting_;
  std::uint64_t t_ = 1;
  SequenceNumber n_;

 public:
  Pace pace{context_, admission_};
};

}  // namespace

TEST_CASE("departure: a primary with less than a quarter of the pace of the last views is complained about") {
  Watcher backup;
  backup.past(100);
  backup.serve(2 * window_us - 2 * step_us, 20, long_wait_us);
  CHECK(backup.pace.complaint() == Grievance::none);  // not at once
  backup.serve(2 * step_us, 20, long_wait_us);
  CHECK(backup.pace.complaint() == Grievance::slow);
  backup.next_view();
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: a view that has just begun, or one slow while, is not judged") {
  Watcher begun;
  begun.past(100);
  begun.next_view();
  begun.serve(settling_us, 20, long_wait_us);
  CHECK(begun.pace.complaint() == Grievance::none);

  Watcher once;
  once.past(100);
  for (int i = 0; i < 4; ++i) {
    once.serve(window_us, 20, long_wait_us);
    once.calm(window_us, 100);
  }
  CHECK(once.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: a quarter of the pace is enough") {
  Watcher backup;
  backup.past(100);
  backup.serve(4 * window_us, 30, long_wait_us);
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: without a record nobody is slow, and a view without work leaves none") {
  Watcher backup;
  backup.serve(4 * window_us, 1, long_wait_us);
  CHECK(backup.pace.complaint() == Grievance::none);
  backup.next_view();
  backup.idle(4 * window_us);
  backup.next_view();
  backup.serve(4 * window_us, 1, long_wait_us);
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: a load that falls is no slow primary: nobody waits long") {
  Watcher backup;
  backup.past(100);
  backup.serve(4 * window_us, 1, long_wait_us - step_us);
  CHECK(backup.pace.complaint() == Grievance::none);
  backup.calm(4 * window_us, 1);
  backup.idle(10 * window_us);
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: a few requests that wait among many that do not make no slow primary") {
  Watcher backup;
  backup.past(100);
  for (int i = 0; i < 20; ++i) {
    backup.serve(5 * step_us, 4, long_wait_us);
    backup.calm(20 * step_us, 5);
  }
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: what this replica does not execute while it is behind is nobody else's fault") {
  Watcher backup;
  backup.past(100);
  backup.serve(4 * window_us, 5, long_wait_us, true);
  CHECK(backup.pace.complaint() == Grievance::none);
  for (int i = 0; i < 4; ++i) {
    backup.serve(window_us - 2 * step_us, 5, long_wait_us);
    backup.pace.slept();
  }
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: what waited before the view began is not its primary's fault") {
  Watcher backup;
  backup.past(100);
  backup.serve(timeout_us, 5, 10 * timeout_us);
  backup.next_view();
  backup.serve(timeout_us / 5, 5, timeout_us);  // what waited is executed at once
  backup.calm(window_us, 1);
  CHECK(backup.pace.complaint() == Grievance::none);
}

TEST_CASE("departure: when most primaries are slow, this replica is, and says so") {
  Watcher backup;
  backup.calm(2'000'000, 100);
  backup.next_view();
  for (int view = 0; view < 3; ++view) {
    backup.serve(window_us / 2, 10, long_wait_us);
    backup.next_view();
  }
  backup.settle();
  backup.serve(2 * window_us, 10, long_wait_us);
  CHECK(backup.pace.complaint() == Grievance::none);
  CHECK(backup.pace.common() == Grievance::slow);
  backup.serve(2 * window_us, 90, long_wait_us);
  CHECK(backup.pace.common() == Grievance::none);
}

TEST_CASE("3: agreed time that stays behind this clock counts as a complaint, if that of other primaries did not") {
  const std::uint64_t bound_us = SampleCluster().genesis().time_bound_us;
  Watcher backup;
  backup.propose(2'000'000, 0);
  backup.next_view();
  backup.propose(window_us - 2 * step_us, bound_us + 1'000);
  CHECK(backup.pace.complaint() == Grievance::none);  // it may yet get better
  backup.propose(4 * step_us, bound_us + 1'000);
  CHECK(backup.pace.complaint() == Grievance::time_behind);

  Watcher within;
  within.propose(2'000'000, 0);
  within.next_view();
  within.propose(2 * window_us, bound_us - 1'000);
  CHECK(within.pace.complaint() == Grievance::none);
  CHECK(within.pace.common() == Grievance::none);
}

TEST_CASE("3: when the time of most primaries is behind, it is this clock that is wrong, and the replica says so") {
  const std::uint64_t bound_us = SampleCluster().genesis().time_bound_us;
  Watcher backup;
  backup.propose(2 * window_us, bound_us + 1'000);
  CHECK(backup.pace.complaint() == Grievance::none);  // there is nobody to compare with
  backup.next_view();
  backup.propose(2 * window_us, bound_us + 1'000);
  CHECK(backup.pace.complaint() == Grievance::none);
  CHECK(backup.pace.common() == Grievance::time_behind);
  backup.propose(step_us, 0);
  CHECK(backup.pace.common() == Grievance::none);
}

}  // namespace quorate::testing
