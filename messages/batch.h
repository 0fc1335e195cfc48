// Bundles and batches: what clients sign and what replicas order.
//
// Both keep the exact bytes that were signed or hashed; the parsed form is a set of views into them. Layouts are in
// README.md, "Bundle" and "Batch". Parsing is strict: one value has one encoding. A batch's digest covers its proposed
// time and every entry in order, each with its length.
#pragma once

#include <memory>
#include <span>
#include <tl/expected.hpp>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "messages/reject.h"
#include "messages/rejoin.h"
#include "messages/types.h"

namespace quorate {

/// 1 to bundle_operations_max operations of one client with consecutive timestamps first, first + 1, …, under one
/// signature. Views into bytes that somebody else owns.
struct BundleView {
  ClientId client;
  Timestamp first;
  std::vector<ByteView> operations;
  ByteView payload;  // the signed bytes
  Signature signature;

  Timestamp last() const { return first + (operations.size() - 1); }
};

/// What a leaf says was executed: covers the client, t and the exact bytes of the operation.
Digest operation_digest(ClientId client, Timestamp t, ByteView operation);

/// Identifies a bundle by its exact bytes, signature included.
Digest bundle_digest(const BundleView& bundle);

/// A bundle that owns its bytes. Immutable; shared by pointer.
class Bundle {
 public:
  Bundle(const Bundle&) = delete;
  Bundle& operator=(const Bundle&) = delete;
  const BundleView& view() const { return view_; }
  /// bundle_digest of the view.
  const Digest& digest() const { return digest_; }

  /// Errors: malformed_bundle (empty, t = 0, t overflows, limits, trailing bytes).
  static tl::expected<std::shared_ptr<const Bundle>, Reject> parse(Bytes payload, const Signature& signature);
  /// The payload to sign for these operations. Requires them to obey the limits.
  static Bytes payload_of(ClientId client, Timestamp first, std::span<const Bytes> operations);

 private:
  Bundle() = default;
  Bytes payload_;
  BundleView view_;
  Digest digest_;
};
using BundlePtr = std::shared_ptr<const Bundle>;

/// An ordered list of entries and the time that the primary proposed: bundles, and behind them REJOINs, at most one of
/// each replica, ascending. Immutable; shared by pointer.
/// The null batch (README.md, "Null batch") has no body and is never an object of this class.
class Batch {
 public:
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  WallTime time() const { return time_; }
  std::span<const BundleView> bundles() const { return bundles_; }
  std::span<const Rejoin> rejoins() const { return rejoins_; }
  ByteView body() const { return body_; }
  const Digest& digest() const { return digest_; }

  /// Errors: malformed_batch, malformed_bundle.
  static tl::expected<std::shared_ptr<const Batch>, Reject> parse(Bytes body);
  /// Requires the bundles to obey the limits, and the REJOINs to ascend.
  static std::shared_ptr<const Batch> build(WallTime time, std::span<const BundlePtr> bundles,
                                            std::span<const Rejoin> rejoins = {});
  /// Bytes of a batch before its entries: the time and their number.
  static constexpr std::size_t header_bytes = 12;
  /// Bytes that a bundle takes in a batch.
  static std::size_t entry_bytes(const BundleView& bundle);
  static std::size_t entry_bytes(const Rejoin& rejoin);

 private:
  Batch() = default;
  tl::expected<void, Reject> take_entry(ByteReader& in);
  Bytes body_;
  WallTime time_;
  std::vector<BundleView> bundles_;
  std::vector<Rejoin> rejoins_;
  Digest digest_;
};
using BatchPtr = std::shared_ptr<const Batch>;

/// The digest of the null batch: fixed, without view, n, time or body.
const Digest& null_digest();

}  // namespace quorate
