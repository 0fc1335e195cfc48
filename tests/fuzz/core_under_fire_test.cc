// The fuzzer's harness on a few thousand random inputs, so that it is true without a fuzzer, and reaches what it is
// for.
#include "tests/fuzz/core_under_fire.h"

#include <doctest/doctest.h>

#include <iostream>
#include <string>

#include "tests/simulation/random.h"

namespace quorate::fuzzing {
namespace {

Bytes random_bytes(std::uint64_t seed, std::size_t size) {
  simulation::Random random(seed, 1);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

}  // namespace

TEST_CASE(
    "three loyal cores under a thousand random sermons of a traitor agree, and give nearly every reason to refuse") {
  Reached reached;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) CoreUnderFire().run(random_bytes(seed, 1'500), reached);
  CHECK(reached.executed > 1'000);
  CHECK(reached.views >= 2);
  CHECK(reached.checkpoints >= 4);
  // Of the core's own: from wrong_view on in the list.
  std::size_t possible = 0;
  std::size_t met = 0;
  for (auto i = static_cast<std::size_t>(Reject::wrong_view); i < reject_count; ++i) {
    ++possible;
    if (reached.rejects[i] != 0) {
      ++met;
    } else {
      std::cout << "not reached: " << to_string(static_cast<Reject>(i)) << '\n';
    }
  }
  CHECK(10 * met >= 9 * possible);
  // Hosts ask a core before they verify, so it comes up nowhere else.
  CHECK(reached.rejects[static_cast<std::size_t>(Reject::not_at_interval)] != 0);
}

TEST_CASE("an honest schedule is executed, and after silence the cores change views") {
  Reached calm;
  CoreUnderFire().run(honest_schedule(3, false), calm);
  CHECK(calm.executed >= 9);
  CHECK(calm.views == 0);
  Reached silence;
  CoreUnderFire().run(honest_schedule(2, true), silence);
  CHECK(silence.views >= 1);
}

}  // namespace quorate::fuzzing
