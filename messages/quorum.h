// Quorum arithmetic: every threshold of the protocol has its name here and is computed nowhere else.
//
// OSDI'99 section 3 has N = 3f+1; here any N ≥ 4 is allowed (README.md, "Sizes"). Two quorums share a loyal replica,
// and a quorum of loyal replicas exists while at most f are faulty.
#pragma once

#include <cstdint>

#include "messages/types.h"

namespace quorate {

class Quorums {
 public:
  static constexpr std::uint32_t replicas_min = 4;
  static constexpr std::uint32_t replicas_max = 64;

  /// Requires replicas_min ≤ replicas ≤ replicas_max.
  explicit Quorums(std::uint32_t replicas);

  std::uint32_t replicas() const;                // N
  std::uint32_t faulty_max() const;              // f = ⌊(N−1)/3⌋
  std::uint32_t quorum() const;                  // q = ⌈(N+f+1)/2⌉
  std::uint32_t weak_quorum() const;             // f+1: one loyal replica at least
  std::uint32_t prepares_for_prepared() const;   // q−1 backups beside the primary's pre-prepare
  std::uint32_t commits_for_committed() const;   // q
  std::uint32_t checkpoints_for_stable() const;  // q
  std::uint32_t replies_for_client() const;      // f+1
  ReplicaId primary_of(View view) const;         // v mod N

 private:
  std::uint32_t replicas_;
};

}  // namespace quorate
