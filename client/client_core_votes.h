// What the replicas have said about one operation, and when it is enough: f+1 distinct signers of one equal answer, of
// whom one at least is loyal (OSDI'99 section 4.1).
//
// Each replica has one leaf and one refusal here, its first: a liar that says many things is counted once. Signatures
// are checked before.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "client/client_core_replica_set.h"
#include "messages/messages.h"

namespace quorate {

/// How an operation ended, as far as f+1 replicas prove it.
enum class Fate : std::uint8_t {
  executed,  // the leaf is its receipt
  never,     // another operation stands at its t: it was not executed and never will be, so it may get a new t
  unknown,   // its t left the window: it never runs from now on, and may have run before
};

class OperationVotes {
 public:
  bool has_leaf_of(ReplicaId replica) const { return leaf_signers_.contains(replica); }
  bool has_refusal_of(ReplicaId replica) const { return refusers_.contains(replica); }

  /// Counts a leaf for this operation's (client, t); the fate once `needed` signers gave this very leaf. `digest` is
  /// the operation digest of what was asked.
  std::optional<Fate> add(const Leaf& leaf, const Digest& digest, ReplicaId signer, std::uint32_t needed);
  /// Counts "too old" or "too far".
  std::optional<Fate> refuse(ReplicaId signer, std::uint32_t needed);

 private:
  struct Candidate {
    Leaf leaf;
    ReplicaSet signers;
  };
  std::vector<Candidate> candidates_;
  ReplicaSet leaf_signers_;
  ReplicaSet refusers_;
};

}  // namespace quorate
