#include "client/command/key_distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quorate::command {
namespace {

constexpr double theta = 0.99;
constexpr double alpha = 1 / (1 - theta);
constexpr double golden = 0.6180339887498949;

/// 1 + 1/2^θ + … + 1/n^θ. Beyond the first thousand terms by the integral with its first correction, which is right to
/// nine digits.
double zeta(std::uint64_t n) {
  constexpr std::uint64_t summed_max = 1000;
  const std::uint64_t summed = std::min(n, summed_max);
  double sum = 0;
  for (std::uint64_t i = 1; i <= summed; ++i) sum += std::pow(static_cast<double>(i), -theta);
  const auto from = static_cast<double>(summed);
  const auto to = static_cast<double>(n);
  sum += (std::pow(to, 1 - theta) - std::pow(from, 1 - theta)) / (1 - theta);
  return sum + (std::pow(to, -theta) - std::pow(from, -theta)) / 2;
}

/// Steps of the golden section spread any number of ranks evenly. Small enough for a product of 64 bits.
std::uint64_t step_of(std::uint64_t keys) {
  const auto section = static_cast<double>(std::min(keys, std::uint64_t{1} << 24)) * golden;
  std::uint64_t step = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(section));
  while (std::gcd(step, keys) != 1) ++step;
  return step;
}

}  // namespace

KeyDistribution::KeyDistribution(bool zipf, std::uint64_t keys) : zipf_(zipf), keys_(keys) {
  if (!zipf) return;
  step_ = step_of(keys);
  zeta_ = zeta(keys);
  if (keys > 2) {
    eta_ = (1 - std::pow(2 / static_cast<double>(keys), 1 - theta)) / (1 - zeta(2) / zeta_);
  }
}

std::uint64_t KeyDistribution::key(std::uint64_t random) const {
  if (!zipf_) return random % keys_;
  return key_of_rank(rank(static_cast<double>(random >> 11) * 0x1p-53));
}

std::uint64_t KeyDistribution::rank(double u) const {
  const double uz = u * zeta_;
  if (uz < 1 || keys_ == 1) return 0;
  if (uz < 1 + std::pow(0.5, theta) || keys_ == 2) return 1;
  const double drawn = static_cast<double>(keys_) * std::pow(eta_ * u - eta_ + 1, alpha);
  return std::min(static_cast<std::uint64_t>(drawn), keys_ - 1);
}

}  // namespace quorate::command
