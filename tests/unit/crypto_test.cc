// Bytes, digests and Ed25519: fixed results, strict reading, and the inputs on which schemes disagree.
#include <doctest/doctest.h>

#include "crypto/bytes.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "tests/support/unforgeable_scheme.h"

namespace quorate {
namespace {

template <typename T>
T filled_from(std::string_view hex) {
  const Bytes bytes = from_hex(hex).value();
  T out;
  REQUIRE(bytes.size() == out.bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

SecretSeed seed_from(std::string_view hex) {
  const Bytes bytes = from_hex(hex).value();
  std::array<std::uint8_t, SecretSeed::size> seed{};
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  return SecretSeed(seed);
}

TEST_CASE("a writer's integers are little endian, its strings have their length in front") {
  ByteWriter out;
  out.u8(1);
  out.u32(0x01020304);
  out.u64(0x0102030405060708);
  out.prefixed(Bytes{9, 9});
  out.raw(Bytes{7});
  CHECK(to_hex(out.view()) == "0104030201080706050403020102000000090907");
}

TEST_CASE("a reader returns what was written, and is finished at the end alone") {
  const Bytes bytes = from_hex("0104030201080706050403020102000000090907").value();
  ByteReader in(bytes);
  CHECK(in.u8() == 1);
  CHECK(in.u32() == 0x01020304);
  CHECK(in.u64() == 0x0102030405060708);
  CHECK(to_hex(in.prefixed(2)) == "0909");
  CHECK_FALSE(in.finished());
  CHECK(in.u8() == 7);
  CHECK(in.finished());
}

TEST_CASE("a reader remembers its first failure and returns zeros from then on") {
  const Bytes bytes{1, 2, 3, 4, 5};
  ByteReader in(bytes);
  CHECK(in.u64() == 0);
  CHECK(in.failed());
  CHECK(in.u8() == 0);
  CHECK_FALSE(in.finished());

  const Bytes longer{3, 0, 0, 0, 1, 1, 1};
  CHECK(ByteReader(longer).prefixed(3).size() == 3);
  ByteReader strict(longer);
  CHECK(strict.prefixed(2).empty());
  CHECK(strict.failed());
  ByteReader doomed(longer);
  doomed.fail();
  CHECK(doomed.raw(1).empty());
}

TEST_CASE("hexadecimal text of either case, and nothing else") {
  CHECK(to_hex(from_hex("00aBfF").value()) == "00abff");
  CHECK_FALSE(from_hex("0").has_value());
  CHECK_FALSE(from_hex("0g").has_value());
  CHECK_FALSE(from_hex("g0").has_value());
  CHECK(from_hex("").value().empty());
}

TEST_CASE("a digest is BLAKE2b-256 of the tag's length, the tag and the input") {
  // Of the four bytes 3, 'a', 'b', 'c', by Python's hashlib.
  CHECK(to_hex(digest_of("abc", Bytes{})) == "90922432cc9a3b951a62267fd25fc1f9667344a9a42b44fee6cee6b1095818a8");
  CHECK(digest_of("abc", Bytes{1}) == Hasher("abc").u8(1).finish());
  CHECK(digest_of("ab", as_bytes("c")) != digest_of("abc", Bytes{}));
  CHECK(Hasher("x").u32(1).u64(2).prefixed(Bytes{5}).finish() ==
        digest_of("x", from_hex("0100000002000000000000000100000005").value()));
}

TEST_CASE("a checksum is SipHash-2-4, and one of two strings chains them") {
  // By a transcription of the algorithm's paper that gives the paper's own example.
  CHECK(checksum_of(as_bytes("key")) == 0x6a3ab4165861bf49);
  CHECK(checksum_of(as_bytes("value"), checksum_of(as_bytes("key"))) == 0x34d6dab4e88f641d);
  CHECK(checksum_of(as_bytes("alue"), checksum_of(as_bytes("keyv"))) != 0x34d6dab4e88f641d);
}

TEST_CASE("Ed25519 gives the results of RFC 8032, section 7.1, tests 1 and 3") {
  const Ed25519Signer one(seed_from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  CHECK(to_hex(ByteView(one.public_key().bytes)) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(to_hex(ByteView(one.sign({}).bytes)) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b");
  const Ed25519Signer three(seed_from("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
  CHECK(to_hex(ByteView(three.sign(Bytes{0xaf, 0x82}).bytes)) ==
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a");
}

TEST_CASE("a signature holds for its key and message alone") {
  const Ed25519Signer signer(seed_from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  const Ed25519Signer other(SecretSeed::generate());
  const Ed25519Scheme scheme;
  const Bytes message{1, 2, 3};
  const Signature good = signer.sign(message);
  CHECK(scheme.verify(signer.public_key(), message, good));
  CHECK_FALSE(scheme.verify(other.public_key(), message, good));
  CHECK_FALSE(scheme.verify(signer.public_key(), Bytes{1, 2, 4}, good));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature broken = good;
    broken.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    REQUIRE_FALSE(scheme.verify(signer.public_key(), message, broken));
  }
}

TEST_CASE("Ed25519: S plus the group's order is the same equation and is refused") {
  const Ed25519Signer signer(seed_from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  const Bytes order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").value();
  const Bytes message{1, 2, 3};
  Signature shifted = signer.sign(message);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += shifted.bytes[32 + i] + unsigned{order[i]};
    shifted.bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  CHECK(carry == 0);
  CHECK_FALSE(Ed25519Scheme().verify(signer.public_key(), message, shifted));
}

TEST_CASE("Ed25519: keys and commitments of small order, and non-canonical points, are refused") {
  // With the neutral point as key and as R, S = 0 solves the equation for every message.
  const std::string neutral = "01" + std::string(62, '0');
  const std::string order_two = "ec" + std::string(60, 'f') + "7f";
  const std::string order_four = std::string(64, '0');
  const std::string not_canonical = "ee" + std::string(60, 'f') + "7f";  // p + 1, the neutral point again
  const Ed25519Scheme scheme;
  for (const std::string& point : {neutral, order_two, order_four, not_canonical}) {
    for (const std::string& commitment : {neutral, not_canonical, point}) {
      const auto key = filled_from<PublicKey>(point);
      const auto signature = filled_from<Signature>(commitment + std::string(64, '0'));
      for (std::uint8_t byte = 0; byte < 16; ++byte) REQUIRE_FALSE(scheme.verify(key, Bytes{byte}, signature));
    }
  }
}

TEST_CASE("fresh seeds and nonces differ") {
  CHECK(SecretSeed::generate().bytes() != SecretSeed::generate().bytes());
  CHECK(random_nonce() != random_nonce());
  CHECK(random_u64() != random_u64());
}

TEST_CASE("the simulator's scheme: a signer signs in its own name only") {
  const testing::UnforgeableScheme scheme(1);
  const testing::UnforgeableScheme other_seed(2);
  const auto a = scheme.signer(0);
  const auto b = scheme.signer(1);
  const Bytes message{1, 2, 3};
  const Signature good = a->sign(message);
  CHECK(a->public_key() != b->public_key());
  CHECK(scheme.verify(a->public_key(), message, good));
  CHECK(scheme.signer(0)->sign(message) == good);
  CHECK_FALSE(scheme.verify(b->public_key(), message, good));
  CHECK_FALSE(scheme.verify(a->public_key(), Bytes{1, 2}, good));
  CHECK_FALSE(other_seed.verify(a->public_key(), message, good));
  Signature padded = good;
  padded.bytes[63] ^= 1;
  CHECK_FALSE(scheme.verify(a->public_key(), message, padded));
}

}  // namespace
}  // namespace quorate
