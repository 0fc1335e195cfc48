// A small cluster with fixed Ed25519 keys, and one good message of each type signed in it.
#pragma once

#include <memory>
#include <vector>

#include "crypto/ed25519.h"
#include "messages/genesis.h"
#include "messages/messages.h"
#include "messages/sign.h"

namespace quorate::testing {

/// The seed whose 32 bytes are all `byte`.
SecretSeed seed_of(std::uint8_t byte);
/// The digest whose 32 bytes are all `byte`.
Digest digest_filled(std::uint8_t byte);

/// Replica i has the seed of bytes i + 1, client i that of bytes 0x80 + i; K = 8, L = 16, W = 32.
class SampleCluster {
 public:
  explicit SampleCluster(std::uint32_t replicas = 4, std::uint32_t clients = 2);

  const Genesis& genesis() const { return genesis_; }
  MessageSigner replica(std::uint32_t id) const { return {genesis_.cluster_id(), *replicas_.at(id)}; }
  MessageSigner client(std::uint32_t id) const { return {genesis_.cluster_id(), *clients_.at(id)}; }

  BundlePtr bundle(std::uint32_t client, std::uint64_t first, std::uint32_t operations = 2) const;
  /// One bundle of each client, proposed at 1,700,000,000 s after 1970.
  BatchPtr batch() const;
  /// Signed by primary(view), with this body; for the null batch with no pointer.
  PrePrepare pre_prepare(View view, SequenceNumber n, BatchPtr batch) const;
  Prepare prepare(std::uint32_t replica, const PrePrepareHeader& header) const;
  Commit commit(std::uint32_t replica, const PrePrepareHeader& header) const;
  Checkpoint checkpoint(std::uint32_t replica, SequenceNumber n, const Digest& root) const;
  PreparedCertificate prepared(const PrePrepareHeader& header, const std::vector<std::uint32_t>& backups) const;
  CommitCertificate committed(const PrePrepareHeader& header, const std::vector<std::uint32_t>& replicas) const;
  StableCheckpoint stable(SequenceNumber n, const Digest& root, const std::vector<std::uint32_t>& replicas) const;
  Status status(std::uint32_t replica) const;
  /// By this replica for v, with h proven by replicas 0 … q−1 (root: 32 bytes 0x44), and P.
  ViewChangePtr view_change(std::uint32_t replica, View view, SequenceNumber h = {},
                            std::vector<PreparedCertificate> prepared = {}) const;
  /// By primary(v); O as given, signed.
  NewViewPtr new_view(View view, std::vector<ViewChangePtr> view_changes,
                      const std::vector<PrePrepareHeader>& headers) const;
  /// Leaves [first, first + count) of a tree of `tree_size`.
  Replies replies(std::uint32_t replica, std::uint32_t tree_size, std::uint32_t first, std::uint32_t count) const;

  /// Replica 0's, of the proposal's block and a null block behind it, with all parts there can be.
  LedgerAnswer ledger_answer(const PrePrepare& proposal) const;
  Rejoin rejoin(std::uint32_t replica, std::uint64_t count, std::uint64_t nonce) const;

  /// One of each type, in the order of their numbers. All but the hellos pass a Verifier of this cluster.
  std::vector<Message> one_of_each() const;

 private:
  Genesis genesis_;
  std::vector<std::unique_ptr<Ed25519Signer>> replicas_;
  std::vector<std::unique_ptr<Ed25519Signer>> clients_;
};

}  // namespace quorate::testing
