#include "tests/support/unforgeable_scheme.h"

#include <algorithm>

namespace quorate::testing {

class UnforgeableScheme::KeyedSigner final : public Signer {
 public:
  KeyedSigner(const UnforgeableScheme& scheme, const PublicKey& key) : scheme_(&scheme), key_(key) {}
  Signature sign(ByteView message) const override { return scheme_->signature_of(key_, message); }
  const PublicKey& public_key() const override { return key_; }

 private:
  const UnforgeableScheme* scheme_;
  PublicKey key_;
};

UnforgeableScheme::UnforgeableScheme(std::uint64_t seed) : secret_(Hasher("unforgeable-secret").u64(seed).finish()) {}

std::unique_ptr<Signer> UnforgeableScheme::signer(std::uint64_t index) const {
  return std::make_unique<KeyedSigner>(*this, PublicKey{Hasher("unforgeable-key").u64(index).finish().bytes});
}

bool UnforgeableScheme::verify(const PublicKey& key, ByteView message, const Signature& signature) const {
  return signature_of(key, message) == signature;
}

Signature UnforgeableScheme::signature_of(const PublicKey& key, ByteView message) const {
  const Digest mac = Hasher("unforgeable").digest(secret_).update(key.bytes).update(message).finish();
  Signature signature;
  std::copy(mac.bytes.begin(), mac.bytes.end(), signature.bytes.begin());
  return signature;
}

}  // namespace quorate::testing
