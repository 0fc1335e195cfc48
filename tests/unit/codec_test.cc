// Every message survives the wire unchanged; damaged frames are refused with a reason and never crash.
#include "messages/codec.h"

#include <doctest/doctest.h>

#include "crypto/ed25519.h"
#include "messages/sign.h"

namespace quorate {
namespace {

SecretSeed seed_of(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return SecretSeed(bytes);
}

std::vector<Message> one_of_each() {
  const Ed25519Signer key(seed_of(1));
  const MessageSigner signer(Digest{}, key);
  const std::vector<Bytes> operations = {{1, 2, 3}, {4}};
  const BundlePtr bundle = signer.sign_bundle(ClientId(3), Timestamp(7), operations);
  const BatchPtr batch = Batch::build(WallTime(99), std::vector<BundlePtr>{bundle});
  Prepare prepare{View(1), SequenceNumber(2), batch->digest(), ReplicaId(3), {}};
  signer.sign(prepare);
  Replies replies;
  replies.leaves.resize(2);
  replies.leaves[1].result = {9, 9, 9};
  replies.proof.resize(3);
  const std::vector<SignedBy> parts = {{ReplicaId(0), prepare.signature}, {ReplicaId(2), prepare.signature}};
  Status status;
  status.accepted = {1};
  HealthReport health;
  health.health = "ok";
  return {Request{bundle},
          PrePrepare{{View(1), SequenceNumber(2), batch->digest()}, prepare.signature, batch},
          prepare,
          Commit{View(1), SequenceNumber(2), batch->digest(), ReplicaId(3), {}},
          Checkpoint{},
          StableCheckpoint{SequenceNumber(8), batch->digest(), parts},
          status,
          Fetch{ReplicaId(1), SequenceNumber(5), 4, {}},
          CommittedBatch{{View(1), SequenceNumber(2), batch->digest(), parts}, batch},
          replies,
          Refusal{},
          MarkQuery{},
          MarkAnswer{},
          HealthQuery{},
          health,
          Hello{},
          HelloAnswer{},
          HelloProof{}};
}

TEST_CASE("each message decodes to what was encoded") {
  std::uint8_t type = 0;
  for (const Message& message : one_of_each()) {
    ++type;
    CAPTURE(static_cast<int>(type));
    const Bytes bytes = encode(message);
    const auto decoded = decode(bytes);
    REQUIRE(decoded.has_value());
    CHECK(static_cast<std::uint8_t>(type_of(*decoded)) == type);
    CHECK(encode(*decoded) == bytes);
  }
}

TEST_CASE("a report's words survive whole, with whatever bytes a liar has put into them") {
  HealthReport liar;
  liar.health = std::string("ok\0?", 4);
  const auto again = decode(encode(liar));
  REQUIRE(again);
  CHECK(std::get<HealthReport>(*again).health == liar.health);
}

TEST_CASE("a frame cut short anywhere is refused") {
  for (const Message& message : one_of_each()) {
    const Bytes bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK_FALSE(decode(ByteView(bytes).first(size)).has_value());
    }
  }
}

TEST_CASE("words after the message are refused") {
  for (const Message& message : one_of_each()) {
    Bytes bytes = encode(message);
    bytes.resize(bytes.size() + 8);
    CHECK(decode(bytes).error() == Reject::trailing_bytes);
  }
}

TEST_CASE("a flipped bit never crashes the decoder") {
  std::size_t refused = 0;
  for (const Message& message : one_of_each()) {
    Bytes bytes = encode(message);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      if (!decode(bytes)) ++refused;
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    }
  }
  CHECK(refused > 0);
}

}  // namespace
}  // namespace quorate
