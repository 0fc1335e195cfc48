// How often bench takes which key.
#include "client/command/key_distribution.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

namespace quorate::command {
namespace {

constexpr int draws = 200'000;

/// How many of the draws chose each key; the seed is fixed.
std::map<std::uint64_t, int> counts(const KeyDistribution& distribution) {
  std::mt19937_64 random(7);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < draws; ++i) ++counts[distribution.key(random())];
  return counts;
}

double share(std::uint64_t rank, std::uint64_t keys) {
  double zeta = 0;
  for (std::uint64_t i = 1; i <= keys; ++i) zeta += std::pow(static_cast<double>(i), -0.99);
  return std::pow(static_cast<double>(rank + 1), -0.99) / zeta;
}

}  // namespace

TEST_CASE("uniform: every key about as often as any other") {
  for (const auto& [key, count] : counts(KeyDistribution(false, 100))) {
    CHECK(key < 100);
    CHECK(count == doctest::Approx(draws / 100.0).epsilon(0.15));
  }
}

TEST_CASE("zipf: the hottest keys have their shares, up to numbers of keys that nobody could sum") {
  for (const std::uint64_t keys : {10ULL, 1'000ULL, 100'000ULL}) {
    const KeyDistribution distribution(true, keys);
    auto counted = counts(distribution);
    for (const std::uint64_t rank : {0ULL, 1ULL}) {
      CHECK(counted[distribution.key_of_rank(rank)] == doctest::Approx(draws * share(rank, keys)).epsilon(0.05));
    }
    // From the third on the approximation is coarse for one rank and good for some together.
    double expected = 0;
    int together = 0;
    for (std::uint64_t rank = 2; rank < 10; ++rank) {
      expected += draws * share(rank, keys);
      together += counted[distribution.key_of_rank(rank)];
    }
    CHECK(together == doctest::Approx(expected).epsilon(0.15));
    for (const auto& [key, count] : counted) CHECK(key < keys);
  }
  const KeyDistribution huge(true, std::uint64_t{1} << 40);
  const double zeta = 32.53;  // (n^0.01 - 1) / 0.01 + Euler's constant
  CHECK(counts(huge)[huge.key_of_rank(0)] == doctest::Approx(draws / zeta).epsilon(0.05));
}

TEST_CASE("zipf: each rank has a key of its own, and hot keys do not stand together") {
  for (const std::uint64_t keys : {1ULL, 2ULL, 3ULL, 10ULL, 997ULL, 1024ULL, 30'030ULL}) {
    const KeyDistribution distribution(true, keys);
    std::set<std::uint64_t> taken;
    for (std::uint64_t rank = 0; rank < keys; ++rank) taken.insert(distribution.key_of_rank(rank));
    CHECK(taken.size() == keys);
    CHECK(*taken.rbegin() == keys - 1);
  }
  const KeyDistribution distribution(true, 100'000);
  std::set<std::uint64_t> hot;
  for (std::uint64_t rank = 0; rank < 10; ++rank) hot.insert(distribution.key_of_rank(rank));
  for (auto next = std::next(hot.begin()); next != hot.end(); ++next) CHECK(*next - *std::prev(next) > 1'000);
}

TEST_CASE("the same bits choose the same key, and the ends of the range stay within the keys") {
  for (const std::uint64_t keys : {1ULL, 2ULL, 3ULL, 100'000ULL}) {
    const KeyDistribution one(true, keys);
    const KeyDistribution other(true, keys);
    for (const std::uint64_t bits : {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
      CHECK(one.key(bits) == other.key(bits));
      CHECK(one.key(bits) < keys);
    }
  }
}

}  // namespace quorate::command
