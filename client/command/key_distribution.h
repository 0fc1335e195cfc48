// Which key bench uses next: each as likely as any other, or a few of them most of the time.
//
// Zipf: the key of rank r (from 0) has a share of about 1 / (r + 1)^0.99, drawn by the approximation of Gray et al.,
// "Quickly generating billion-record synthetic databases" (SIGMOD 1994), as YCSB does. Ranks are spread over all keys,
// each rank to a key of its own. A draw costs one power; nothing grows with the number of keys.
#pragma once

#include <cstdint>

namespace quorate::command {

class KeyDistribution {
 public:
  /// `keys` is 1 to 2^40.
  KeyDistribution(bool zipf, std::uint64_t keys);

  /// The key, from 0, that these 64 random bits choose. The same bits choose the same key.
  std::uint64_t key(std::uint64_t random) const;
  /// The key of a rank; rank 0 is the most frequent one.
  std::uint64_t key_of_rank(std::uint64_t rank) const { return rank * step_ % keys_; }

 private:
  std::uint64_t rank(double u) const;

  bool zipf_;
  std::uint64_t keys_;
  std::uint64_t step_ = 1;  // shares no divisor with keys_, so that it reaches every key
  double zeta_ = 0;         // sum of all shares before they are made to be 1 together
  double eta_ = 0;
};

}  // namespace quorate::command
