// Randomness of the simulator: one generator for each purpose, all from the seed, the same on every machine.
//
// Integers only: the standard library's distributions differ between implementations.
#pragma once

#include <cstdint>

namespace quorate::simulation {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA'14): a stream of 64-bit numbers from a 64-bit seed.
class Random {
 public:
  /// Streams of one seed with different purposes are independent.
  Random(std::uint64_t seed, std::uint64_t purpose) : state_(mix(seed) ^ mix(purpose + 0x9e3779b97f4a7c15)) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    return mix(state_);
  }
  /// 0 … bound − 1; the bias of the remainder is of no matter here.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  bool permille(std::uint64_t share) { return below(1000) < share; }
  /// Mostly about `typical`, now and then many times it: halved or doubled by coin flips.
  std::uint64_t spread(std::uint64_t typical) {
    std::uint64_t value = between(typical / 2, typical);
    while (one_in(4) && value < typical * 64) value *= 2;
    return value;
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace quorate::simulation
