// Log records for tests: shaped like real ones, with signatures that nobody could verify.
#pragma once

#include <string>
#include <vector>

#include "crypto/digest.h"
#include "replica/core/log_record.h"

namespace quorate::testing {

/// A batch with one operation of this many bytes; different `tag`s give different digests.
BatchPtr make_batch(std::uint64_t tag, std::size_t operation_bytes = 16);
Signature make_signature(std::uint64_t tag);
std::vector<SignedBy> make_parts(std::uint64_t tag, std::uint32_t count = 3);

AcceptedRecord accepted(std::uint64_t view, std::uint64_t n, const BatchPtr& batch);
PreparedRecord prepared(std::uint64_t view, std::uint64_t n, const Digest& digest);
/// A mark without body: an accepted record holds it.
CommittedRecord committed(std::uint64_t view, std::uint64_t n, const Digest& digest);
/// A mark with its body.
CommittedRecord committed(std::uint64_t view, std::uint64_t n, const BatchPtr& batch);
OwnCheckpointRecord own_checkpoint(std::uint64_t n);
StableRecord stable(std::uint64_t n);
CollectRecord collect(std::uint64_t votes_through, std::uint64_t bodies_through);

/// The digest of a batch; the null digest for a null pointer.
Digest digest_of_batch(const BatchPtr& batch);
std::vector<NumberedRecord> numbered(std::vector<LogRecord> records);
/// All fields as text: equal texts are equal images.
std::string describe(const LogImage& image);
std::string describe(const CommittedBatch& batch);

}  // namespace quorate::testing
