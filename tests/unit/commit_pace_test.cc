// The pace of commits by numbers: how long a writer rests after a piece of work.
#include "replica/commit_pace.h"

#include <doctest/doctest.h>

using namespace quorate;

namespace {

constexpr std::uint64_t second = 1'000'000;

/// A commit of so many changes at this time that works for so long without a rest.
void commit(CommitPace& pace, std::size_t changes, SteadyTime at, std::uint64_t worked_us) {
  pace.begin(changes, at);
  pace.end(at + worked_us);
}

}  // namespace

TEST_CASE("a commit rests so that its work takes half of the time since the one before") {
  CommitPace pace;
  commit(pace, 1000, SteadyTime(second), 50'000);
  pace.begin(2000, SteadyTime(2 * second));  // 100 ms of work in 500 ms: four times the work is rest
  CHECK(pace.rest_us(SteadyTime(2 * second + 499), SteadyTime(2 * second + 499)) == 0);
  CHECK(pace.rest_us(SteadyTime(2 * second + 500), SteadyTime(2 * second + 500)) == 2000);
  pace.rested(SteadyTime(2 * second + 2500));
  CHECK(pace.rest_us(SteadyTime(2 * second + 2500 + 499), SteadyTime(2 * second + 2500 + 499)) == 0);
  CHECK(pace.rest_us(SteadyTime(2 * second + 2500 + 600), SteadyTime(2 * second + 2500 + 600)) == 2400);
}

TEST_CASE("the first commit, and one that takes all the time there is, does not rest") {
  CommitPace first;
  first.begin(1000, SteadyTime(second));
  CHECK(first.rest_us(SteadyTime(second + 5000), SteadyTime(second + 5000)) == 0);
  CommitPace busy;
  commit(busy, 1000, SteadyTime(second), 50'000);
  busy.begin(1000, SteadyTime(second + 90'000));
  CHECK(busy.rest_us(SteadyTime(second + 95'000), SteadyTime(second + 95'000)) == 0);
}

TEST_CASE("a commit is spread over a second at most, and rests at most twenty times its work") {
  CommitPace rare;
  commit(rare, 1000, SteadyTime(second), 100'000);
  rare.begin(1000, SteadyTime(60 * second));  // 100 ms of work in 1 s
  CHECK(rare.rest_us(SteadyTime(60 * second + 500), SteadyTime(60 * second + 500)) == 4500);
  CommitPace small;
  commit(small, 1000, SteadyTime(second), 100'000);
  small.begin(10, SteadyTime(60 * second));
  CHECK(small.rest_us(SteadyTime(60 * second + 500), SteadyTime(60 * second + 500)) == 10'000);
}

TEST_CASE("what is learned of a commit's work leaves its rests out") {
  CommitPace pace;
  commit(pace, 1000, SteadyTime(second), 50'000);
  pace.begin(1000, SteadyTime(2 * second));
  CHECK(pace.rest_us(SteadyTime(2 * second + 30'000), SteadyTime(2 * second + 30'000)) > 0);
  pace.rested(SteadyTime(2 * second + 400'000));
  pace.end(SteadyTime(2 * second + 420'000));  // 50 ms of work again
  pace.begin(1000, SteadyTime(3 * second));
  CHECK(pace.rest_us(SteadyTime(3 * second + 500), SteadyTime(3 * second + 500)) == 4500);
}

TEST_CASE("while no slot is executed a commit does not rest") {
  CommitPace pace;
  commit(pace, 1000, SteadyTime(second), 50'000);
  pace.begin(1000, SteadyTime(2 * second));
  const SteadyTime done(2 * second + 500);
  CHECK(pace.rest_us(done, SteadyTime(2 * second - 19'000)) == 4500);
  pace.rested(done + 4500);
  CHECK(pace.rest_us(done + 5000, SteadyTime(2 * second - 19'000)) == 0);
  CHECK(pace.rest_us(done + 5500, done + 5400) == 4500);
}
