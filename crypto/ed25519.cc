#include "crypto/ed25519.h"

#include <sodium.h>

#include "crypto/start_libsodium.h"

namespace quorate {

SecretSeed::SecretSeed(const std::array<std::uint8_t, size>& bytes) : bytes_(bytes) {}
SecretSeed::SecretSeed(const SecretSeed& other) = default;
SecretSeed::~SecretSeed() { sodium_memzero(bytes_.data(), bytes_.size()); }

SecretSeed SecretSeed::generate() {
  start_libsodium();
  std::array<std::uint8_t, size> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  SecretSeed seed(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return seed;
}

const std::array<std::uint8_t, SecretSeed::size>& SecretSeed::bytes() const { return bytes_; }

Ed25519Signer::Ed25519Signer(const SecretSeed& seed) {
  start_libsodium();
  static_assert(crypto_sign_SECRETKEYBYTES == 64 && crypto_sign_SEEDBYTES == SecretSeed::size);
  crypto_sign_seed_keypair(public_key_.bytes.data(), secret_key_.data(), seed.bytes().data());
}

Ed25519Signer::~Ed25519Signer() { sodium_memzero(secret_key_.data(), secret_key_.size()); }

Signature Ed25519Signer::sign(ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(), secret_key_.data());
  return signature;
}

const PublicKey& Ed25519Signer::public_key() const { return public_key_; }

bool Ed25519Scheme::verify(const PublicKey& key, ByteView message, const Signature& signature) const {
  start_libsodium();
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

}  // namespace quorate
