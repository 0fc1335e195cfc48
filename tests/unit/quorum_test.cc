// Quorum arithmetic for every N that a cluster may have.
#include "messages/quorum.h"

#include <doctest/doctest.h>

using namespace quorate;

TEST_CASE("any two quorums share a loyal replica, and a loyal quorum exists with f replicas down") {
  for (std::uint32_t n = Quorums::replicas_min; n <= Quorums::replicas_max; ++n) {
    const Quorums quorums(n);
    const std::uint32_t f = quorums.faulty_max();
    CHECK(n >= 3 * f + 1);
    CHECK(n < 3 * (f + 1) + 1);
    CHECK(2 * quorums.quorum() - n >= f + 1);
    CHECK(2 * (quorums.quorum() - 1) - n < f + 1);
    CHECK(quorums.quorum() <= n - f);
    CHECK(quorums.prepares_for_prepared() + 1 == quorums.quorum());
    CHECK(quorums.weak_quorum() == f + 1);
  }
}

TEST_CASE("primaries take turns") {
  const Quorums quorums(5);
  CHECK(quorums.primary_of(View(0)) == ReplicaId(0));
  CHECK(quorums.primary_of(View(7)) == ReplicaId(2));
}
