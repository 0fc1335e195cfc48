#include "tests/simulation/keys.h"

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "tests/support/unforgeable_scheme.h"

namespace quorate::simulation {

Keys make_keys(std::uint64_t seed, std::uint32_t count, bool real) {
  Keys keys;
  if (real) {
    keys.scheme = std::make_unique<Ed25519Scheme>();
    for (std::uint32_t i = 0; i < count; ++i) {
      const SecretSeed secret(Hasher("simulated-key").u64(seed).u64(i).finish().bytes);
      keys.signers.push_back(std::make_unique<Ed25519Signer>(secret));
    }
    return keys;
  }
  auto scheme = std::make_unique<testing::UnforgeableScheme>(seed);
  for (std::uint32_t i = 0; i < count; ++i) keys.signers.push_back(scheme->signer(i));
  keys.scheme = std::move(scheme);
  return keys;
}

}  // namespace quorate::simulation
