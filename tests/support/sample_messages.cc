#include "tests/support/sample_messages.h"

#include <numeric>

#include "crypto/merkle.h"

namespace quorate::testing {
namespace {

template <typename T>
T signed_by(const MessageSigner& signer, T message) {
  signer.sign(message);
  return message;
}

}  // namespace

SecretSeed seed_of(std::uint8_t byte) {
  std::array<std::uint8_t, SecretSeed::size> bytes{};
  bytes.fill(byte);
  return SecretSeed(bytes);
}

Digest digest_filled(std::uint8_t byte) {
  Digest digest;
  digest.bytes.fill(byte);
  return digest;
}

SampleCluster::SampleCluster(std::uint32_t replicas, std::uint32_t clients) {
  for (std::uint32_t i = 0; i < replicas; ++i) {
    replicas_.push_back(std::make_unique<Ed25519Signer>(seed_of(static_cast<std::uint8_t>(i + 1))));
    genesis_.replica_keys.push_back(replicas_.back()->public_key());
  }
  for (std::uint32_t i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<Ed25519Signer>(seed_of(static_cast<std::uint8_t>(0x80 + i))));
    genesis_.client_keys.push_back(clients_.back()->public_key());
  }
  genesis_.checkpoint_interval = 8;
  genesis_.log_window = 16;
  genesis_.client_window = 32;
}

BundlePtr SampleCluster::bundle(std::uint32_t client_id, std::uint64_t first, std::uint32_t operations) const {
  std::vector<Bytes> list;
  for (std::uint32_t i = 0; i < operations; ++i) list.push_back({1, 2, static_cast<std::uint8_t>(i)});
  return client(client_id).sign_bundle(ClientId(client_id), Timestamp(first), list);
}

BatchPtr SampleCluster::batch() const {
  std::vector<BundlePtr> bundles;
  for (std::uint32_t i = 0; i < clients_.size(); ++i) bundles.push_back(bundle(i, 7));
  return Batch::build(WallTime(1'700'000'000'000'000), bundles);
}

PrePrepare SampleCluster::pre_prepare(View view, SequenceNumber n, BatchPtr batch) const {
  const PrePrepareHeader header{view, n, batch ? batch->digest() : null_digest()};
  const ReplicaId primary = genesis_.quorums().primary_of(view);
  return {header, replica(primary.value).sign_header(header), std::move(batch)};
}

Prepare SampleCluster::prepare(std::uint32_t id, const PrePrepareHeader& header) const {
  return signed_by(replica(id), Prepare{header.view, header.n, header.digest, ReplicaId(id), {}});
}

Commit SampleCluster::commit(std::uint32_t id, const PrePrepareHeader& header) const {
  return signed_by(replica(id), Commit{header.view, header.n, header.digest, ReplicaId(id), {}});
}

Checkpoint SampleCluster::checkpoint(std::uint32_t id, SequenceNumber n, const Digest& root) const {
  return signed_by(replica(id), Checkpoint{n, root, ReplicaId(id), {}});
}

PreparedCertificate SampleCluster::prepared(const PrePrepareHeader& header,
                                            const std::vector<std::uint32_t>& backups) const {
  const ReplicaId primary = genesis_.quorums().primary_of(header.view);
  PreparedCertificate certificate{header, replica(primary.value).sign_header(header), {}};
  for (const std::uint32_t id : backups) certificate.prepares.push_back({ReplicaId(id), prepare(id, header).signature});
  return certificate;
}

CommitCertificate SampleCluster::committed(const PrePrepareHeader& header,
                                           const std::vector<std::uint32_t>& replicas) const {
  CommitCertificate certificate{header.view, header.n, header.digest, {}};
  for (const std::uint32_t id : replicas) certificate.commits.push_back({ReplicaId(id), commit(id, header).signature});
  return certificate;
}

StableCheckpoint SampleCluster::stable(SequenceNumber n, const Digest& root,
                                       const std::vector<std::uint32_t>& replicas) const {
  StableCheckpoint proof{n, root, {}};
  for (const std::uint32_t id : replicas)
    proof.checkpoints.push_back({ReplicaId(id), checkpoint(id, n, root).signature});
  return proof;
}

Status SampleCluster::status(std::uint32_t id) const {
  const Status status{ReplicaId(id), View(0),   true, SequenceNumber(8), SequenceNumber(10), {0x0f, 0},
                      {0x07, 0},     {0x03, 0}, {}};
  return signed_by(replica(id), status);
}

ViewChangePtr SampleCluster::view_change(std::uint32_t id, View view, SequenceNumber h,
                                         std::vector<PreparedCertificate> prepared) const {
  ViewChange message{view, h, std::nullopt, std::move(prepared), ReplicaId(id), {}};
  if (h.value != 0) {
    std::vector<std::uint32_t> signers(genesis_.quorums().quorum());
    std::iota(signers.begin(), signers.end(), 0);
    message.stable = stable(h, digest_filled(0x44), signers);
  }
  return std::make_shared<const ViewChange>(signed_by(replica(id), std::move(message)));
}

NewViewPtr SampleCluster::new_view(View view, std::vector<ViewChangePtr> view_changes,
                                   const std::vector<PrePrepareHeader>& headers) const {
  const MessageSigner primary = replica(genesis_.quorums().primary_of(view).value);
  NewView message{view, std::move(view_changes), {}, {}};
  for (const PrePrepareHeader& header : headers) {
    message.pre_prepares.push_back({header, primary.sign_header(header)});
  }
  return std::make_shared<const NewView>(signed_by(primary, std::move(message)));
}

Replies SampleCluster::replies(std::uint32_t id, std::uint32_t tree_size, std::uint32_t first,
                               std::uint32_t count) const {
  std::vector<Leaf> leaves;
  std::vector<Digest> digests;
  for (std::uint32_t i = 0; i < tree_size; ++i) {
    leaves.push_back({ClientId(0), Timestamp(7 + i), digest_filled(static_cast<std::uint8_t>(i)), SequenceNumber(9), i,
                      OperationStatus::done, Bytes{5, static_cast<std::uint8_t>(i)}});
    digests.push_back(leaves.back().digest());
  }
  const MerkleTree tree(digests);
  Replies replies{ReplicaId(id), tree_size, tree.root(), {}, View(0), first, {}, tree.prove(first, count)};
  replies.leaves.assign(leaves.begin() + first, leaves.begin() + first + count);
  return signed_by(replica(id), replies);
}

LedgerAnswer SampleCluster::ledger_answer(const PrePrepare& proposal) const {
  const PrePrepareHeader& header = proposal.header;
  const Block block{header.n, digest_filled(0x55), header.digest, digest_filled(0x66), WallTime(70)};
  const Block next{header.n + 1, block.digest(), null_digest(), empty_merkle_root(), WallTime(70)};
  LedgerAnswer answer{ReplicaId(0), ClientId(1), 79, SequenceNumber(2), SequenceNumber(12), next.n, next.digest(),
                      {},           {},          {}};
  answer.entries = {{block, committed(header, {0, 1, 3}), proposal.batch}, {next, std::nullopt, nullptr}};
  answer.checkpoint = LedgerCheckpoint{stable(SequenceNumber(8), digest_filled(0x44), {0, 1, 3}), {{1, 2}, {{3}, {}}}};
  return signed_by(replica(0), answer);
}

Rejoin SampleCluster::rejoin(std::uint32_t id, std::uint64_t count, std::uint64_t nonce) const {
  return signed_by(replica(id), Rejoin{ReplicaId(id), count, nonce, {}});
}

std::vector<Message> SampleCluster::one_of_each() const {
  const PrePrepare proposal = pre_prepare(View(0), SequenceNumber(9), batch());
  const PrePrepareHeader& header = proposal.header;
  const auto nonce = digest_filled(0x33).bytes;
  const Hello hello{1, PeerKind::replica, 1, genesis_.cluster_id(), digest_filled(0x22).bytes};
  HelloAnswer answer{1, ReplicaId(0), nonce, {}};
  answer.signature = replica(0).sign(MessageType::hello_answer, hello_payload(hello, answer, false));
  const View later(1);
  const StateWant want{StatePartKind::entries, 1, Bytes{'k', 'a'}, Bytes{5}};
  const Block block{SequenceNumber(9), digest_filled(0x55), header.digest, digest_filled(0x66), WallTime(70)};
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : {0, 2, 3}) {
    changes.push_back(view_change(id, later, SequenceNumber(8), {prepared(header, {1, 2})}));
  }
  return {Request{bundle(1, 7)},
          proposal,
          prepare(1, header),
          commit(2, header),
          checkpoint(3, SequenceNumber(8), digest_filled(0x44)),
          stable(SequenceNumber(8), digest_filled(0x44), {0, 1, 3}),
          status(2),
          signed_by(replica(3), Fetch{ReplicaId(3), SequenceNumber(5), 4, {}}),
          CommittedBatch{committed(header, {0, 1, 2}), proposal.batch},
          replies(1, 7, 2, 3),
          signed_by(replica(1), Refusal{RefusalReason::too_old, ClientId(1), Timestamp(3), ReplicaId(1), {}}),
          signed_by(client(0), MarkQuery{ClientId(0), 77, {}}),
          signed_by(replica(2), MarkAnswer{ClientId(0), 77, Timestamp(9), ReplicaId(2), View(0), {}}),
          signed_by(client(1), HealthQuery{ClientId(1), 78, {}}),
          signed_by(replica(0),
                    HealthReport{ReplicaId(0), 78, View(0), true, SequenceNumber(10), SequenceNumber(8), "ok", {}}),
          hello,
          answer,
          HelloProof{replica(1).sign(MessageType::hello_proof, hello_payload(hello, answer, true))},
          changes.front(),
          new_view(later, changes, {{later, SequenceNumber(9), header.digest}}),
          signed_by(replica(2), FetchBody{ReplicaId(2), SequenceNumber(9), header.digest, {}}),
          BatchBody{SequenceNumber(9), header.digest, proposal.batch},
          signed_by(replica(1), StateQuery{ReplicaId(1), SequenceNumber(8), {}}),
          signed_by(replica(3), StateOffer{ReplicaId(3), SequenceNumber(8), digest_filled(0x44), {}}),
          signed_by(replica(1), StateFetch{ReplicaId(1), SequenceNumber(8), {want}, {}}),
          StateParts{SequenceNumber(8), {{StatePartKind::entries, 1, Bytes{'k', 'a'}, Bytes{1, 2, 3}}}},
          signed_by(client(1), LedgerQuery{ClientId(1), 79, SequenceNumber(9), 3, {true, false, true}, {}}),
          ledger_answer(proposal),
          signed_by(replica(2), BlockFetch{ReplicaId(2), SequenceNumber(9), 4, {}}),
          BlockRun{SequenceNumber(9), {block}},
          rejoin(3, 2, 99)};
}

}  // namespace quorate::testing
