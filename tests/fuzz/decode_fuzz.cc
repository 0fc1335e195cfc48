// Payloads of frames: whatever decodes also encodes, decodes again to the same, and is verified without harm.
#include "crypto/check.h"
#include "messages/codec.h"
#include "messages/verify.h"
#include "tests/support/sample_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate;
  static const quorate::testing::SampleCluster cluster;
  static const Ed25519Scheme scheme;
  static Verifier verifier(cluster.genesis(), scheme, 16);

  auto message = decode({data, size});
  if (!message) return 0;
  const Bytes canonical = encode(*message);
  auto again = decode(canonical);
  check(again.has_value(), "what was encoded decodes");
  check(type_of(*again) == type_of(*message), "the type survives");
  check(encode(*again) == canonical, "a message has one encoding of ours");
  const bool good = verifier.verify(std::move(*message)).has_value();
  check(good == verifier.verify(std::move(*again)).has_value(), "a message is judged by its fields, not by its bytes");
  return 0;
}
