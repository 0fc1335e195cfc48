// A set of replicas as one word: who has answered so far. Ids are below Quorums::replicas_max.
#pragma once

#include <bit>
#include <cstdint>

#include "messages/quorum.h"
#include "messages/types.h"

namespace quorate {

class ReplicaSet {
 public:
  static_assert(Quorums::replicas_max <= 64);

  void insert(ReplicaId replica) { bits_ |= bit(replica); }
  void erase(ReplicaId replica) { bits_ &= ~bit(replica); }
  bool contains(ReplicaId replica) const { return (bits_ & bit(replica)) != 0; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(std::popcount(bits_)); }

 private:
  static std::uint64_t bit(ReplicaId replica) { return std::uint64_t{1} << replica.value; }
  std::uint64_t bits_ = 0;
};

}  // namespace quorate
