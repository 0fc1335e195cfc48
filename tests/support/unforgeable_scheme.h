// The simulator's signature scheme: a keyed hash, a hundred times cheaper than Ed25519 and as hard to forge for test
// code.
//
// The key of the hash never leaves this object: who holds a signer signs in that signer's name only, liars included.
// Anybody may verify. The product never links it.
#pragma once

#include <cstdint>
#include <memory>

#include "crypto/digest.h"
#include "crypto/signature.h"

namespace quorate::testing {

class UnforgeableScheme final : public SignatureScheme {
 public:
  /// The same seed gives the same keys and signatures.
  explicit UnforgeableScheme(std::uint64_t seed);

  /// The signer of key number `index`; two with one index are the same signer. This scheme must outlive it.
  std::unique_ptr<Signer> signer(std::uint64_t index) const;
  bool verify(const PublicKey& key, ByteView message, const Signature& signature) const override;

 private:
  class KeyedSigner;
  Signature signature_of(const PublicKey& key, ByteView message) const;

  Digest secret_;
};

}  // namespace quorate::testing
