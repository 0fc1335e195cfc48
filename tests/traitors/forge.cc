#include "tests/traitors/forge.h"

#include "crypto/check.h"
#include "messages/limits.h"

namespace quorate::traitors {

std::vector<BundlePtr> bundles_of(const Batch& batch) {
  std::vector<BundlePtr> bundles;
  for (const BundleView& view : batch.bundles()) {
    auto bundle = Bundle::parse(Bytes(view.payload.begin(), view.payload.end()), view.signature);
    check(bundle.has_value(), "a bundle of a batch parses");
    bundles.push_back(*bundle);
  }
  return bundles;
}

PrePrepare with_batch(PrePrepare pre_prepare, BatchPtr batch) {
  pre_prepare.header.digest = batch ? batch->digest() : null_digest();
  pre_prepare.batch = std::move(batch);
  return pre_prepare;
}

BatchPtr batch_of(WallTime time, const std::vector<BundlePtr>& bundles, std::span<const Rejoin> rejoins) {
  std::vector<BundlePtr> fitting;
  std::size_t bytes = Batch::header_bytes;
  for (const Rejoin& rejoin : rejoins) bytes += Batch::entry_bytes(rejoin);
  for (const BundlePtr& bundle : bundles) {
    bytes += Batch::entry_bytes(bundle->view());
    if (bytes > limits::batch_bytes_max || fitting.size() + rejoins.size() == limits::batch_entries_max) break;
    fitting.push_back(bundle);
  }
  return Batch::build(time, fitting, rejoins);
}

BatchPtr sibling(const Batch& batch) { return batch_of(batch.time() + 1, bundles_of(batch), batch.rejoins()); }

Digest other_digest(const Self& me, View view, SequenceNumber n, const Digest& digest) {
  const auto known = me.scratch.proposals.find({view, n});
  if (known != me.scratch.proposals.end()) {
    for (const Digest& other : known->second) {
      if (other != digest) return other;
    }
  }
  Digest other = digest;
  other.bytes[0] ^= 1;
  return other;
}

Signature spoilt(Signature signature) {
  signature.bytes[7] ^= 0x20;
  return signature;
}

}  // namespace quorate::traitors
