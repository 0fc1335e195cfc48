// Looks for a replica that contradicts itself (I10): votes for one (view, n), or CHECKPOINTs for one n, that name
// different digests.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "messages/verify.h"
#include "tests/cluster/vote_tap.h"

namespace quorate::cluster_tests {

struct VoteReport {
  std::size_t votes = 0;                    // with a good signature
  std::vector<std::string> contradictions;  // in words, with both digests
};

/// Votes with a bad signature prove nothing and are left out.
VoteReport check_votes(const std::vector<Vote>& votes, const Verifier& verifier);

}  // namespace quorate::cluster_tests
