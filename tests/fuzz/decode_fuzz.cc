// Payloads of frames: whatever decodes also encodes, decodes again to the same, and is verified without harm; answers
// about the ledger also by a reader to whom nothing else is shown.
#include "client/ledger_proof.h"
#include "crypto/check.h"
#include "messages/codec.h"
#include "messages/verify.h"
#include "tests/fuzz/reasons.h"
#include "tests/support/sample_messages.h"

namespace {

/// Shows one answer to every question.
struct OneAnswer final : quorate::LedgerSource {
  explicit OneAnswer(const quorate::LedgerAnswer& shown) : answer(shown) {}
  std::optional<quorate::LedgerAnswer> ask(quorate::SequenceNumber, std::uint32_t, quorate::LedgerWants) override {
    if (left == 0) return std::nullopt;
    --left;
    return answer;
  }
  std::vector<quorate::LedgerAnswer> heads(quorate::SequenceNumber, std::size_t) override { return {answer, answer}; }
  quorate::LedgerAnswer answer;
  int left = 4;
};

/// As far as one gets without signatures: with those of a traitor's key, which is replica 0's.
void read_ledger(const quorate::testing::SampleCluster& cluster, const quorate::SignatureScheme& scheme,
                 quorate::LedgerAnswer answer) {
  using namespace quorate;
  if (answer.entries.empty()) return;
  answer.replica = ReplicaId(0);
  cluster.replica(0).sign(answer);
  OneAnswer source(answer);
  LedgerProof proof(cluster.genesis(), scheme);
  const auto& entries = answer.entries;
  const auto proven = proof.prove(source, entries.front().block.n, entries.back().block.n);
  check(!proven, "one replica alone proves nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate;
  static const quorate::testing::SampleCluster cluster;
  static const Ed25519Scheme scheme;
  static Verifier verifier(cluster.genesis(), scheme, 16);

  static fuzzing::Reasons reasons{Reject::frame_empty,
                                  Reject::malformed_encoding,
                                  Reject::trailing_bytes,
                                  Reject::unknown_type,
                                  Reject::bad_field_width,
                                  Reject::too_many_elements,
                                  Reject::malformed_bundle,
                                  Reject::malformed_batch,
                                  Reject::unknown_replica,
                                  Reject::unknown_client,
                                  Reject::bad_signature,
                                  Reject::digest_mismatch,
                                  Reject::certificate_not_canonical};

  auto message = decode({data, size});
  if (!message) {
    reasons.meet(message.error());
    return 0;
  }
  const Bytes canonical = encode(*message);
  auto again = decode(canonical);
  check(again.has_value(), "what was encoded decodes");
  check(type_of(*again) == type_of(*message), "the type survives");
  check(encode(*again) == canonical, "a message has one encoding of ours");
  if (const auto* answer = std::get_if<LedgerAnswer>(&*message)) read_ledger(cluster, scheme, *answer);
  const auto verified = verifier.verify(std::move(*message));
  if (!verified) reasons.meet(verified.error());
  check(verified.has_value() == verifier.verify(std::move(*again)).has_value(),
        "a message is judged by its fields, not by its bytes");
  return 0;
}
