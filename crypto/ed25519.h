// Ed25519 by libsodium: the signature scheme of the product.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/signature.h"

namespace quorate {

/// A 32-byte seed from which a key pair follows. Erased from memory when destroyed.
class SecretSeed {
 public:
  static constexpr std::size_t size = 32;
  explicit SecretSeed(const std::array<std::uint8_t, size>& bytes);
  SecretSeed(const SecretSeed& other);
  SecretSeed& operator=(const SecretSeed&) = delete;
  ~SecretSeed();
  /// A fresh seed from the operating system's random source.
  static SecretSeed generate();
  const std::array<std::uint8_t, size>& bytes() const;

 private:
  std::array<std::uint8_t, size> bytes_;
};

class Ed25519Signer final : public Signer {
 public:
  explicit Ed25519Signer(const SecretSeed& seed);
  Ed25519Signer(const Ed25519Signer&) = delete;
  Ed25519Signer& operator=(const Ed25519Signer&) = delete;
  ~Ed25519Signer() override;
  Signature sign(ByteView message) const override;
  const PublicKey& public_key() const override;

 private:
  std::array<std::uint8_t, 64> secret_key_{};
  PublicKey public_key_;
};

class Ed25519Scheme final : public SignatureScheme {
 public:
  /// Verdict of libsodium's crypto_sign_verify_detached: non-canonical and small-order inputs are refused.
  bool verify(const PublicKey& key, ByteView message, const Signature& signature) const override;
};

}  // namespace quorate
