// Encodings that only a liar makes: unknown types, wrong widths, lists beyond their limits, pointers that lie. Each is
// refused for its reason, before anything is allocated for it.
#include <capnp/message.h>
#include <doctest/doctest.h>

#include <functional>

#include "messages/codec.h"
#include "messages/limits.h"
#include "messages/messages.capnp.h"
#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

using testing::SampleCluster;

using Build = std::function<void(wire::Frame::Builder)>;

Bytes frame_of(const Build& build) {
  capnp::MallocMessageBuilder builder(1 << 20, capnp::AllocationStrategy::FIXED_SIZE);
  build(builder.initRoot<wire::Frame>());
  const auto segments = builder.getSegmentsForOutput();
  REQUIRE(segments.size() == 1);
  const auto bytes = segments[0].asBytes();
  return {bytes.begin(), bytes.end()};
}

std::optional<Reject> refusal_of(ByteView payload) {
  auto message = decode(payload);
  if (message) return std::nullopt;
  return message.error();
}
std::optional<Reject> refusal_of(const Build& build) { return refusal_of(frame_of(build)); }

capnp::Data::Reader data(std::size_t size) {
  static const Bytes zeros(limits::frame_bytes_max, 0);
  return {zeros.data(), size};
}

/// Words of 8 bytes, as on the wire.
Bytes words(std::initializer_list<std::uint64_t> list) {
  ByteWriter out;
  for (const std::uint64_t word : list) out.u64(word);
  return out.take();
}

TEST_CASE("nothing, and what is not whole words") {
  CHECK(refusal_of(Bytes{}) == Reject::frame_empty);
  Bytes ragged = encode(HelloProof{});
  ragged.push_back(0);
  CHECK(refusal_of(ragged) == Reject::malformed_encoding);
  CHECK(refusal_of(Bytes(limits::frame_bytes_max + 8)) == Reject::frame_too_large);
}

TEST_CASE("a type that this version does not know") {
  Bytes payload = encode(HelloProof{});
  // The union's number stands in the root's first word, after the root pointer.
  for (const std::uint8_t number : std::initializer_list<std::uint8_t>{31, 64, 255}) {
    payload[8] = number;
    CHECK(refusal_of(payload) == Reject::unknown_type);
  }
}

TEST_CASE("a payload may stand at any address") {
  for (const Message& message : SampleCluster().one_of_each()) {
    const Bytes payload = encode(message);
    for (std::size_t offset = 1; offset < 8; ++offset) {
      Bytes shifted(offset);
      shifted.insert(shifted.end(), payload.begin(), payload.end());
      const auto decoded = decode(ByteView(shifted).subspan(offset));
      REQUIRE(decoded.has_value());
      REQUIRE(encode(*decoded) == payload);
    }
  }
}

TEST_CASE("digests, signatures and nonces of another width") {
  for (const std::size_t size : {0u, 31u, 33u}) {
    CAPTURE(size);
    CHECK(refusal_of([&](wire::Frame::Builder f) { f.initPrepare().setDigest(data(size)); }) ==
          Reject::bad_field_width);
    CHECK(refusal_of([&](wire::Frame::Builder f) {
            auto hello = f.initHello();
            hello.setKind(1);
            hello.setClusterId(data(32));
            hello.setNonce(data(size));
          }) == Reject::bad_field_width);
    CHECK(refusal_of([&](wire::Frame::Builder f) {
            auto replies = f.initReplies();
            replies.setRoot(data(32));
            replies.setSignature(data(64));
            replies.setProof(data(size + 32));
          }) == (size == 0 ? std::nullopt : std::optional(Reject::bad_field_width)));
  }
  for (const std::size_t size : {0u, 63u, 65u}) {
    CAPTURE(size);
    CHECK(refusal_of([&](wire::Frame::Builder f) { f.initHelloProof().setSignature(data(size)); }) ==
          Reject::bad_field_width);
    CHECK(refusal_of([&](wire::Frame::Builder f) {
            auto proof = f.initStableCheckpoint();
            proof.setRoot(data(32));
            proof.initSigners(1);
            proof.setSignatures(data(size));
          }) == Reject::bad_field_width);
  }
}

TEST_CASE("lists at their limit pass and one beyond is refused") {
  const auto signers = [](unsigned count) {
    return refusal_of([count](wire::Frame::Builder f) {
      auto proof = f.initStableCheckpoint();
      proof.setRoot(data(32));
      proof.initSigners(count);
      proof.setSignatures(data(std::size_t{64} * count));
    });
  };
  CHECK(signers(Quorums::replicas_max) == std::nullopt);
  CHECK(signers(Quorums::replicas_max + 1) == Reject::too_many_elements);

  const auto bitmap = [](std::size_t size) {
    return refusal_of([size](wire::Frame::Builder f) {
      auto status = f.initStatus();
      status.setCommitted(data(size));
      status.setSignature(data(64));
    });
  };
  CHECK(bitmap(limits::bitmap_bytes_max) == std::nullopt);
  CHECK(bitmap(limits::bitmap_bytes_max + 1) == Reject::too_many_elements);

  const auto fetch = [](std::uint32_t count) {
    return refusal_of([count](wire::Frame::Builder f) {
      auto out = f.initFetch();
      out.setCount(count);
      out.setSignature(data(64));
    });
  };
  CHECK(fetch(limits::fetch_batches_max) == std::nullopt);
  CHECK(fetch(limits::fetch_batches_max + 1) == Reject::too_many_elements);

  const auto health = [](std::size_t size) {
    return refusal_of([size](wire::Frame::Builder f) {
      auto out = f.initHealthReport();
      out.setHealth(std::string(size, 'x'));
      out.setSignature(data(64));
    });
  };
  CHECK(health(limits::health_bytes_max) == std::nullopt);
  CHECK(health(limits::health_bytes_max + 1) == Reject::too_many_elements);
}

std::optional<Reject> refusal_of_replies(unsigned leaves, std::size_t result_bytes, std::size_t proof_digests,
                                         std::uint8_t status = 0) {
  return refusal_of([=](wire::Frame::Builder f) {
    auto out = f.initReplies();
    out.setRoot(data(32));
    out.setSignature(data(64));
    out.setProof(data(32 * proof_digests));
    for (auto leaf : out.initLeaves(leaves)) {
      leaf.setOperationDigest(data(32));
      leaf.setResult(data(result_bytes));
      leaf.setStatus(status);
    }
  });
}

TEST_CASE("limits of replies: leaves, bytes of a result, digests of the proof") {
  CHECK(refusal_of_replies(limits::reply_leaves_max, 1, 0) == std::nullopt);
  CHECK(refusal_of_replies(limits::reply_leaves_max + 1, 1, 0) == Reject::too_many_elements);
  CHECK(refusal_of_replies(1, limits::result_bytes_max, 0) == std::nullopt);
  CHECK(refusal_of_replies(1, limits::result_bytes_max + 1, 0) == Reject::too_many_elements);
  CHECK(refusal_of_replies(1, 1, limits::proof_digests_max) == std::nullopt);
  CHECK(refusal_of_replies(1, 1, limits::proof_digests_max + 1) == Reject::too_many_elements);
}

TEST_CASE("numbers that stand for nothing") {
  CHECK(refusal_of_replies(1, 1, 0, 3) == std::nullopt);
  CHECK(refusal_of_replies(1, 1, 0, 4) == Reject::malformed_encoding);
  for (const std::uint8_t reason : std::initializer_list<std::uint8_t>{0, 1, 3, 4}) {
    const auto refusal = refusal_of([reason](wire::Frame::Builder f) {
      auto out = f.initRefusal();
      out.setReason(reason);
      out.setSignature(data(64));
    });
    CHECK(refusal == (reason == 1 || reason == 3 ? std::nullopt : std::optional(Reject::malformed_encoding)));
  }
  for (const std::uint8_t kind : std::initializer_list<std::uint8_t>{0, 1, 2, 3}) {
    const auto refusal = refusal_of([kind](wire::Frame::Builder f) {
      auto out = f.initHello();
      out.setKind(kind);
      out.setClusterId(data(32));
      out.setNonce(data(32));
    });
    CHECK(refusal == (kind == 1 || kind == 2 ? std::nullopt : std::optional(Reject::malformed_encoding)));
  }
}

TEST_CASE("bundles and batches are judged at decode") {
  CHECK(refusal_of([](wire::Frame::Builder f) {
          auto out = f.initRequest();
          out.setPayload(data(20));
          out.setSignature(data(64));
        }) == Reject::malformed_bundle);
  CHECK(refusal_of([](wire::Frame::Builder f) {
          auto out = f.initPrePrepare();
          out.setDigest(data(32));
          out.setSignature(data(64));
          out.setBody(data(20));
        }) == Reject::malformed_batch);
  CHECK(refusal_of([](wire::Frame::Builder f) {
          auto out = f.initCommittedBatch();
          out.setDigest(data(32));
          out.setBody(data(0));
        }) == Reject::malformed_batch);
}

TEST_CASE("pointers that lie") {
  // A root pointer beyond the end, to itself, to another segment, and a list where a struct belongs.
  CHECK(refusal_of(words({0x0000000100000004})) == Reject::malformed_encoding);
  CHECK(refusal_of(words({0x00010001fffffffc})).has_value());
  CHECK(refusal_of(words({0x0000000100000002})).has_value());
  CHECK(refusal_of(words({0x0000000500000001, 0})) == Reject::malformed_encoding);
  CHECK(refusal_of(words({0})).has_value());
}

TEST_CASE("a list of a billion empty leaves costs nothing") {
  Bytes payload = frame_of([](wire::Frame::Builder f) {
    auto out = f.initReplies();
    out.setRoot(data(32));
    out.setSignature(data(64));
    out.initLeaves(1);
  });
  // The list's tag is the one word with struct size 4 data words, 2 pointers and count 1; make it 2^29 of size 0.
  bool found = false;
  for (std::size_t at = 0; at + 8 <= payload.size(); at += 8) {
    ByteReader in(ByteView(payload).subspan(at));
    if (in.u32() != (1u << 2) || in.u32() != (2u << 16 | 4u)) continue;
    found = true;
    const Bytes tag = words({0x7ffffffc});
    std::copy(tag.begin(), tag.end(), payload.begin() + static_cast<std::ptrdiff_t>(at));
  }
  REQUIRE(found);
  CHECK(refusal_of(payload).has_value());
}

TEST_CASE("random bytes and random words are refused and crash nothing") {
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    Bytes payload;
    const std::uint64_t size = 8 + 8 * (seed % 24);
    for (std::uint64_t i = 0; payload.size() < size; ++i) {
      const Digest block = Hasher("test noise").u64(seed).u64(i).finish();
      // Small numbers make pointers that lead somewhere.
      for (const std::uint8_t byte : block.bytes)
        payload.push_back(seed % 2 == 0 ? byte : byte % 5 == 0 ? byte / 5 : 0);
    }
    payload.resize(size);
    REQUIRE(refusal_of(payload).has_value());
  }
}

}  // namespace
}  // namespace quorate
