// Certificates: signatures of enough distinct replicas under one statement (OSDI'99 sections 4.2 and 4.3).
//
// They are canonical: exactly the needed number of parts, ascending signers, one bad part voids the whole.
#pragma once

#include <vector>

#include "crypto/bytes.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "messages/types.h"

namespace quorate {

/// What a primary signs: (v, n, d). The same bytes in the normal case, in certificates and in NEW-VIEW.
struct PrePrepareHeader {
  View view;
  SequenceNumber n;
  Digest digest;
  friend bool operator==(const PrePrepareHeader&, const PrePrepareHeader&) = default;
};

/// One part of a certificate: the fields that all parts share stand once beside the list.
struct SignedBy {
  ReplicaId replica;
  Signature signature;
  friend bool operator==(const SignedBy&, const SignedBy&) = default;
};

/// Proof of prepared(v, n, d): the primary's signature and those of exactly q−1 backups, ascending.
struct PreparedCertificate {
  PrePrepareHeader header;
  Signature primary_signature;
  std::vector<SignedBy> prepares;
};

/// Proof that n is decided: exactly q COMMITs for one (v, n, d), ascending.
struct CommitCertificate {
  View view;
  SequenceNumber n;
  Digest digest;
  std::vector<SignedBy> commits;
};

/// Proof that a checkpoint is stable: exactly q CHECKPOINTs for one (n, root), ascending.
struct StableCheckpoint {
  SequenceNumber n;
  Digest root;
  std::vector<SignedBy> checkpoints;
};

/// Parts as they are signed and stored: count u32 ≤ 64, then count × (replica u32 ‖ signature 64).
void write_parts(ByteWriter& out, const std::vector<SignedBy>& parts);
/// The inverse. Fails the reader before it allocates for what did not come.
std::vector<SignedBy> read_parts(ByteReader& in);

}  // namespace quorate
