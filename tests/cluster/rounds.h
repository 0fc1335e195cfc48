// How many rounds a random process test has, and its chances: from the environment, so that a long run is the same
// test.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace quorate::cluster_tests {

class Rounds {
 public:
  /// NAME_ROUNDS and NAME_SEED.
  Rounds(const std::string& name, std::uint64_t count) : count_(setting(name + "_ROUNDS", count)) {
    state_ = setting(name + "_SEED", 1) * 0x9e3779b97f4a7c15 + 1;
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t draw(std::uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

 private:
  static std::uint64_t setting(const std::string& name, std::uint64_t otherwise) {
    const char* text = std::getenv(name.c_str());
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
  }
  std::uint64_t count_;
  std::uint64_t state_;
};

}  // namespace quorate::cluster_tests
