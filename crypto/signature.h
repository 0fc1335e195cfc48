// What a signature is, as an interface: the core signs and `verify` checks without knowing the scheme.
//
// The product links exactly one scheme, Ed25519 (ed25519.h). The simulator has a cheap unforgeable one of its own under
// tests/, which no installed binary contains.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "crypto/bytes.h"

namespace quorate {

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  friend bool operator==(const Signature&, const Signature&) = default;
  friend auto operator<=>(const Signature&, const Signature&) = default;
};

/// Holds one private key. Signing is deterministic: the same message gives the same signature.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Signature sign(ByteView message) const = 0;
  virtual const PublicKey& public_key() const = 0;
};

/// Checks signatures. Safe to call from several threads at once.
class SignatureScheme {
 public:
  virtual ~SignatureScheme() = default;
  virtual bool verify(const PublicKey& key, ByteView message, const Signature& signature) const = 0;
};

}  // namespace quorate
