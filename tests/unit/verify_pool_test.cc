// Shared verification gives what one verifier gives, in the same order, turn after turn.
#include "replica/verify_pool.h"

#include <doctest/doctest.h>

#include "tests/support/sample_messages.h"

namespace quorate::testing {

TEST_CASE("verdicts come in the order of the messages, whatever the number of helpers") {
  const SampleCluster cluster;
  const Ed25519Scheme scheme;
  for (const std::size_t helpers : {0, 1, 3}) {
    VerifyPool pool(cluster.genesis(), scheme, helpers);
    CHECK(pool.helpers() == helpers);
    for (std::uint64_t turn = 0; turn < 20; ++turn) {
      std::vector<Message> messages;
      for (std::uint64_t n = 0; n < turn; ++n) {
        Prepare vote = cluster.prepare(1, {View(0), SequenceNumber(n), digest_filled(7)});
        if (n % 3 == 2) vote.signature.bytes[0] ^= 1;
        messages.emplace_back(vote);
      }
      const auto verdicts = pool.verify(messages);
      REQUIRE(verdicts.size() == turn);
      for (std::uint64_t n = 0; n < turn; ++n) {
        REQUIRE(verdicts[n].has_value() == (n % 3 != 2));
        if (verdicts[n]) {
          CHECK(std::get<Prepare>(**verdicts[n]).n == SequenceNumber(n));
        } else {
          CHECK(verdicts[n].error() == Reject::bad_signature);
        }
      }
    }
  }
}

}  // namespace quorate::testing
