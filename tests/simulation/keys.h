// The keys of a run: the simulator's cheap scheme, or Ed25519 as the product has it, from the seed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/signature.h"

namespace quorate::simulation {

struct Keys {
  std::unique_ptr<SignatureScheme> scheme;
  std::vector<std::unique_ptr<Signer>> signers;  // which the scheme outlives
};

/// The same seed gives the same keys. `real`: Ed25519.
Keys make_keys(std::uint64_t seed, std::uint32_t count, bool real);

}  // namespace quorate::simulation
