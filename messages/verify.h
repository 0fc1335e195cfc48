// The only maker of Verified<T>: what the core takes cannot be made without passing through here.
//
// Every signature is checked against the genesis configuration, recursively inside certificates and bodies;
// certificates must be canonical. Nothing here depends on the replica's state, so all loyal replicas judge the same
// bytes alike.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>
#include <utility>

#include "crypto/signature.h"
#include "messages/genesis.h"
#include "messages/messages.h"
#include "messages/recent_digests.h"
#include "messages/reject.h"

namespace quorate {

/// A value whose signatures, digests and shape hold. Only a Verifier makes one.
template <typename T>
class Verified {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  friend class Verifier;
  explicit Verified(T value) : value_(std::move(value)) {}
  T value_;
};

/// Checks messages of one cluster. Remembers the newest `cache_entries` good bundles and VIEW-CHANGEs by their exact
/// bytes, because a request is seen again inside a batch and a VIEW-CHANGE inside a NEW-VIEW; and, unless that is 0,
/// the PRE-PREPAREs and PREPAREs of two windows, which are seen again inside VIEW-CHANGEs. Not safe for use by two
/// threads at once: give each thread one of its own.
class Verifier {
 public:
  /// The scheme must outlive this object.
  Verifier(const Genesis& genesis, const SignatureScheme& scheme, std::size_t cache_entries = 4096);

  /// Errors: unknown_replica, unknown_client, bad_signature, digest_mismatch, certificate_not_canonical,
  /// (of a VIEW-CHANGE also: C is not the proof of h, or P is out of order, of the window or of the views before),
  /// malformed_batch (a body without need or a need without body), malformed_bundle (more than W operations),
  /// bad_field_width (a status whose bitmaps are not of L bits); unknown_type for hello messages, which the transport
  /// checks itself.
  tl::expected<Verified<Message>, Reject> verify(Message message);

  /// A certificate on its own. Errors: unknown_replica, bad_signature, certificate_not_canonical.
  tl::expected<Verified<PreparedCertificate>, Reject> verify(PreparedCertificate certificate);
  tl::expected<Verified<CommitCertificate>, Reject> verify(CommitCertificate certificate);

  /// One signature by a replica or client of the genesis configuration.
  bool signed_by(ReplicaId replica, MessageType type, ByteView payload, const Signature& signature) const;
  bool signed_by(ClientId client, MessageType type, ByteView payload, const Signature& signature) const;

 private:
  friend class VerifierRules;

  Genesis genesis_;
  Digest cluster_id_;
  Quorums quorums_;
  const SignatureScheme* scheme_;
  RecentDigests seen_;
  RecentDigests votes_;
};

}  // namespace quorate
