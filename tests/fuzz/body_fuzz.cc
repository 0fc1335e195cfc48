// Bodies of batches and payloads of bundles: what parses is the canonical encoding of what was parsed.
#include <algorithm>

#include "crypto/check.h"
#include "messages/batch.h"
#include "tests/fuzz/reasons.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate;
  static fuzzing::Reasons reasons{Reject::malformed_bundle, Reject::malformed_batch};
  const Bytes input(data, data + size);
  const auto bundle = Bundle::parse(input, {});
  if (bundle) {
    const BundleView& view = (*bundle)->view();
    std::vector<Bytes> operations;
    for (const ByteView operation : view.operations) operations.emplace_back(operation.begin(), operation.end());
    check(Bundle::payload_of(view.client, view.first, operations) == input, "a bundle has one encoding");
  } else {
    reasons.meet(bundle.error());
  }
  const auto batch = Batch::parse(input);
  if (batch) {
    std::vector<BundlePtr> bundles;
    for (const BundleView& view : (*batch)->bundles())
      bundles.push_back(Bundle::parse({view.payload.begin(), view.payload.end()}, view.signature).value());
    const BatchPtr rebuilt = Batch::build((*batch)->time(), bundles, (*batch)->rejoins());
    check(std::equal(input.begin(), input.end(), rebuilt->body().begin(), rebuilt->body().end()),
          "a batch has one encoding");
    check(rebuilt->digest() == (*batch)->digest(), "a batch has one digest");
  } else {
    reasons.meet(batch.error());
  }
  return 0;
}
