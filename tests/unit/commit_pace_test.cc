// The pace of commits by numbers: how long a writer rests after a piece of work.
#include "replica/commit_pace.h"

#include <doctest/doctest.h>

#include <optional>

using namespace quorate;

namespace {

constexpr std::uint64_t second = 1'000'000;
constexpr SteadyTime never;

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
  CHECK(pace.rest_us(SteadyTime(2 * second + 499), {SteadyTime(2 * second + 499), never}) == 0);
  CHECK(pace.rest_us(SteadyTime(2 * second + 500), {SteadyTime(2 * second + 500), never}) == 2000);
  pace.rested(SteadyTime(2 * second + 2500));
  CHECK(pace.rest_us(SteadyTime(2 * second + 2500 + 499), {SteadyTime(2 * second + 2500 + 499), never}) == 0);
  CHECK(pace.rest_us(SteadyTime(2 * second + 2500 + 600), {SteadyTime(2 * second + 2500 + 600), never}) == 2400);
}

TEST_CASE("the first commit, and one that takes all the time there is, does not rest") {
  CommitPace first;
  first.begin(1000, SteadyTime(second));
  CHECK(first.rest_us(SteadyTime(second + 5000), {SteadyTime(second + 5000), never}) == 0);
  CommitPace busy;
  commit(busy, 1000, SteadyTime(second), 50'000);
  busy.begin(1000, SteadyTime(second + 90'000));
  CHECK(busy.rest_us(SteadyTime(second + 95'000), {SteadyTime(second + 95'000), never}) == 0);
}

TEST_CASE("a commit is spread over a second at most, and rests at most twenty times its work") {
  CommitPace rare;
  commit(rare, 1000, SteadyTime(second), 100'000);
  rare.begin(1000, SteadyTime(60 * second));  // 100 ms of work in 1 s
  CHECK(rare.rest_us(SteadyTime(60 * second + 500), {SteadyTime(60 * second + 500), never}) == 4500);
  CommitPace small;
  commit(small, 1000, SteadyTime(second), 100'000);
  small.begin(10, SteadyTime(60 * second));
  CHECK(small.rest_us(SteadyTime(60 * second + 500), {SteadyTime(60 * second + 500), never}) == 10'000);
}

TEST_CASE("what is learned of a commit's work leaves its rests out") {
  CommitPace pace;
  commit(pace, 1000, SteadyTime(second), 50'000);
  pace.begin(1000, SteadyTime(2 * second));
  CHECK(pace.rest_us(SteadyTime(2 * second + 30'000), {SteadyTime(2 * second + 30'000), never}) > 0);
  pace.rested(SteadyTime(2 * second + 400'000));
  pace.end(SteadyTime(2 * second + 420'000));  // 50 ms of work again
  pace.begin(1000, SteadyTime(3 * second));
  CHECK(pace.rest_us(SteadyTime(3 * second + 500), {SteadyTime(3 * second + 500), never}) == 4500);
}

TEST_CASE("while no slot is executed, or when a peer was lost, a commit does not rest") {
  CommitPace pace;
  commit(pace, 1000, SteadyTime(second), 50'000);
  pace.begin(1000, SteadyTime(2 * second));
  SteadyTime now(2 * second);
  const auto rests = [&](std::uint64_t executed_us_ago, std::optional<std::uint64_t> lost_us_ago) {
    now = now + 500;
    const std::uint64_t us = pace.rest_us(
        now, {SteadyTime(now.value - executed_us_ago), lost_us_ago ? SteadyTime(now.value - *lost_us_ago) : never});
    pace.rested(now);
    return us == 4500;
  };
  CHECK(rests(0, std::nullopt));
  CHECK(rests(100'000, std::nullopt));
  CHECK_FALSE(rests(100'001, std::nullopt));
  CHECK_FALSE(rests(0, 499'999));
  CHECK(rests(0, 500'000));
}
