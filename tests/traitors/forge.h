// Things that several traitors make: other batches, other digests, borrowed bundles.
#pragma once

#include <span>
#include <vector>

#include "tests/traitors/traitor.h"

namespace quorate::traitors {

/// Bundles of a batch as objects of their own.
std::vector<BundlePtr> bundles_of(const Batch& batch);

/// The same PRE-PREPARE for another batch, unsigned; a null pointer makes it the null batch.
PrePrepare with_batch(PrePrepare pre_prepare, BatchPtr batch);
/// As many of the bundles as a batch may hold. Requires one entry at least.
BatchPtr batch_of(WallTime time, const std::vector<BundlePtr>& bundles, std::span<const Rejoin> rejoins = {});
/// The same entries a little later: a batch that is as good as the given one, with another digest.
BatchPtr sibling(const Batch& batch);

/// A digest that is not this one: one that a traitor proposed for the slot, or one that nobody knows.
Digest other_digest(const Self& me, View view, SequenceNumber n, const Digest& digest);

/// Spoils one byte.
Signature spoilt(Signature signature);

}  // namespace quorate::traitors
