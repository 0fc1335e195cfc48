// The only door into the core: what is good passes, and each way of being bad has its reason.
#include "messages/verify.h"

#include <doctest/doctest.h>

#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

using testing::digest_filled;
using testing::SampleCluster;

const Ed25519Scheme scheme;

/// The reason, or nothing when the message passes.
std::optional<Reject> refusal_of(Verifier& verifier, Message message) {
  auto verdict = verifier.verify(std::move(message));
  if (verdict) return std::nullopt;
  return verdict.error();
}

std::optional<Reject> refusal_of(const SampleCluster& cluster, Message message) {
  Verifier verifier(cluster.genesis(), scheme);
  return refusal_of(verifier, std::move(message));
}

std::optional<Reject> refusal_of(const SampleCluster& cluster, PreparedCertificate certificate) {
  Verifier verifier(cluster.genesis(), scheme);
  auto verdict = verifier.verify(std::move(certificate));
  if (verdict) return std::nullopt;
  return verdict.error();
}

PrePrepareHeader header_of(const SampleCluster& cluster, std::uint64_t view = 0) {
  return {View(view), SequenceNumber(9), cluster.batch()->digest()};
}

/// Changes the signature that a message carries; false for a message that carries none of its own.
struct BreakSignature {
  bool operator()(Request& m) const {
    Signature broken = m.bundle->view().signature;
    broken.bytes[0] ^= 1;
    const ByteView payload = m.bundle->view().payload;
    m.bundle = Bundle::parse({payload.begin(), payload.end()}, broken).value();
    return true;
  }
  bool operator()(StableCheckpoint& m) const { return flip(m.checkpoints.back().signature); }
  bool operator()(CommittedBatch& m) const { return flip(m.certificate.commits.back().signature); }
  bool operator()(Hello&) const { return false; }
  bool operator()(HelloAnswer&) const { return false; }
  bool operator()(HelloProof&) const { return false; }
  bool operator()(BatchBody&) const { return false; }
  bool operator()(StateParts&) const { return false; }
  bool operator()(BlockRun&) const { return false; }
  template <typename Shared>
  bool operator()(std::shared_ptr<const Shared>& m) const {
    Shared broken = *m;
    flip(broken.signature);
    m = std::make_shared<const Shared>(std::move(broken));
    return true;
  }
  template <typename Signed>
  bool operator()(Signed& m) const {
    return flip(m.signature);
  }
  static bool flip(Signature& signature) {
    signature.bytes[0] ^= 1;
    return true;
  }
};

/// Names a signer that the cluster does not have; false for a message without a field for it.
struct NameStranger {
  bool operator()(StableCheckpoint& m) const { return name(m.checkpoints.back().replica); }
  bool operator()(CommittedBatch& m) const { return name(m.certificate.commits.back().replica); }
  bool operator()(MarkQuery& m) const { return name(m.client); }
  bool operator()(HealthQuery& m) const { return name(m.client); }
  bool operator()(LedgerQuery& m) const { return name(m.client); }
  bool operator()(ViewChangePtr& m) const {
    ViewChange stranger = *m;
    name(stranger.replica);
    m = std::make_shared<const ViewChange>(std::move(stranger));
    return true;
  }
  template <typename Other>
  bool operator()(Other& m) const {
    if constexpr (requires { m.signature, m.replica; } && !std::is_same_v<Other, HelloAnswer>) return name(m.replica);
    return false;
  }
  template <typename Id>
  static bool name(Id& id) {
    id = Id(1000);
    return true;
  }
};

TEST_CASE("a good message of each type passes, and hellos are the transport's") {
  const SampleCluster cluster;
  for (const Message& message : cluster.one_of_each()) {
    CAPTURE(static_cast<int>(type_of(message)));
    const MessageType type = type_of(message);
    if (type >= MessageType::hello && type <= MessageType::hello_proof) {
      CHECK(refusal_of(cluster, message) == Reject::unknown_type);
    } else {
      CHECK(refusal_of(cluster, message) == std::nullopt);
    }
  }
}

TEST_CASE("a broken signature is refused in each type") {
  const SampleCluster cluster;
  int tried = 0;
  for (Message message : cluster.one_of_each()) {
    CAPTURE(static_cast<int>(type_of(message)));
    if (!std::visit(BreakSignature{}, message)) continue;
    CHECK(refusal_of(cluster, message) == Reject::bad_signature);
    ++tried;
  }
  CHECK(tried == 25);
}

TEST_CASE("a signer that the genesis configuration does not name is refused in each type") {
  const SampleCluster cluster;
  int tried = 0;
  for (Message message : cluster.one_of_each()) {
    CAPTURE(static_cast<int>(type_of(message)));
    if (!std::visit(NameStranger{}, message)) continue;
    const bool by_client = std::holds_alternative<MarkQuery>(message) || std::holds_alternative<HealthQuery>(message) ||
                           std::holds_alternative<LedgerQuery>(message);
    CHECK(refusal_of(cluster, message) == (by_client ? Reject::unknown_client : Reject::unknown_replica));
    ++tried;
  }
  CHECK(tried == 22);
}

TEST_CASE("nothing signed for one cluster means anything in another") {
  const SampleCluster cluster;
  Genesis other = cluster.genesis();
  other.time_bound_us += 1;
  Verifier verifier(other, scheme);
  for (const Message& message : cluster.one_of_each()) {
    if (type_of(message) >= MessageType::hello) continue;
    CAPTURE(static_cast<int>(type_of(message)));
    CHECK(refusal_of(verifier, message) == Reject::bad_signature);
  }
}

TEST_CASE("a vote of one type is none of another") {
  const SampleCluster cluster;
  const Prepare prepare = cluster.prepare(1, header_of(cluster));
  CHECK(refusal_of(cluster, Commit{prepare.view, prepare.n, prepare.digest, prepare.replica, prepare.signature}) ==
        Reject::bad_signature);
}

TEST_CASE("a pre-prepare is signed by the primary of its view") {
  const SampleCluster cluster;
  PrePrepare proposal = cluster.pre_prepare(View(5), SequenceNumber(9), cluster.batch());
  CHECK(refusal_of(cluster, proposal) == std::nullopt);
  proposal.signature = cluster.replica(0).sign_header(proposal.header);
  CHECK(refusal_of(cluster, proposal) == Reject::bad_signature);
}

TEST_CASE("a body belongs to its digest, and the null digest has none") {
  const SampleCluster cluster;
  PrePrepare null = cluster.pre_prepare(View(0), SequenceNumber(9), nullptr);
  CHECK(refusal_of(cluster, null) == std::nullopt);
  null.batch = cluster.batch();
  CHECK(refusal_of(cluster, null) == Reject::malformed_batch);

  PrePrepare proposal = cluster.pre_prepare(View(0), SequenceNumber(9), cluster.batch());
  PrePrepare other_body = proposal;
  other_body.batch = Batch::build(WallTime(1), std::vector<BundlePtr>{cluster.bundle(0, 7)});
  CHECK(refusal_of(cluster, other_body) == Reject::digest_mismatch);
  proposal.batch = nullptr;
  CHECK(refusal_of(cluster, proposal) == Reject::malformed_batch);

  CommittedBatch decided{cluster.committed(header_of(cluster), {0, 1, 2}), nullptr};
  CHECK(refusal_of(cluster, decided) == Reject::malformed_batch);
  decided.batch = other_body.batch;
  CHECK(refusal_of(cluster, decided) == Reject::digest_mismatch);
}

TEST_CASE("each bundle of a body is signed by a client of the cluster") {
  const SampleCluster cluster(4, 2);
  const SampleCluster more_clients(4, 3);
  const BundlePtr forged =
      cluster.client(0).sign_bundle(ClientId(1), Timestamp(7), std::vector<Bytes>{{1}});  // in another's name
  const BundlePtr stranger = more_clients.bundle(2, 7);
  const auto propose = [&](const BundlePtr& second) {
    const std::vector<BundlePtr> bundles{cluster.bundle(0, 7), second};
    return cluster.pre_prepare(View(0), SequenceNumber(9), Batch::build(WallTime(5), bundles));
  };
  CHECK(refusal_of(cluster, propose(cluster.bundle(1, 7))) == std::nullopt);
  CHECK(refusal_of(cluster, propose(forged)) == Reject::bad_signature);
  CHECK(refusal_of(cluster, propose(stranger)) == Reject::unknown_client);
  CHECK(refusal_of(cluster, Request{forged}) == Reject::bad_signature);
  CHECK(refusal_of(cluster, Request{stranger}) == Reject::unknown_client);
}

TEST_CASE("each REJOIN of a body is signed by its replica") {
  const SampleCluster cluster(4, 2);
  const auto propose = [&](const Rejoin& rejoin) {
    const BatchPtr batch = Batch::build(WallTime(5), {}, std::vector<Rejoin>{rejoin});
    return cluster.pre_prepare(View(0), SequenceNumber(9), batch);
  };
  CHECK(refusal_of(cluster, propose(cluster.rejoin(3, 1, 9))) == std::nullopt);
  Rejoin forged = cluster.rejoin(3, 1, 9);
  forged.nonce = 10;
  CHECK(refusal_of(cluster, propose(forged)) == Reject::bad_signature);
  forged = cluster.rejoin(2, 1, 9);
  forged.replica = ReplicaId(3);
  CHECK(refusal_of(cluster, propose(forged)) == Reject::bad_signature);
  forged.replica = ReplicaId(4);
  CHECK(refusal_of(cluster, propose(forged)) == Reject::unknown_replica);
}

TEST_CASE("a bundle has at most W operations") {
  const SampleCluster cluster;
  const auto window = static_cast<std::uint32_t>(cluster.genesis().client_window);
  CHECK(refusal_of(cluster, Request{cluster.bundle(0, 1, window)}) == std::nullopt);
  CHECK(refusal_of(cluster, Request{cluster.bundle(0, 1, window + 1)}) == Reject::malformed_bundle);
}

TEST_CASE("certificates have exactly the needed parts, ascending") {
  for (const std::uint32_t replicas : {4u, 5u, 7u}) {
    const SampleCluster cluster(replicas);
    const PrePrepareHeader header = header_of(cluster);
    const BatchPtr batch = cluster.batch();
    const std::uint32_t q = cluster.genesis().quorums().quorum();
    std::vector<std::uint32_t> exact(q);
    for (std::uint32_t i = 0; i < q; ++i) exact[i] = i;
    auto fewer = exact, more = exact, twice = exact, swapped = exact;
    fewer.pop_back();
    more.push_back(q);
    twice[1] = 0;
    std::swap(swapped[0], swapped[1]);
    const Digest root = digest_filled(1);
    const auto stable = [&](const auto& ids) { return cluster.stable(SequenceNumber(8), root, ids); };
    CHECK(refusal_of(cluster, CommittedBatch{cluster.committed(header, exact), batch}) == std::nullopt);
    CHECK(refusal_of(cluster, stable(exact)) == std::nullopt);
    for (const auto& bad : {fewer, more, twice, swapped}) {
      CHECK(refusal_of(cluster, CommittedBatch{cluster.committed(header, bad), batch}) ==
            Reject::certificate_not_canonical);
      CHECK(refusal_of(cluster, stable(bad)) == Reject::certificate_not_canonical);
    }
  }
}

TEST_CASE("a prepared certificate has the primary's word and q-1 backups, and no primary among them") {
  const SampleCluster cluster;
  const PrePrepareHeader header = header_of(cluster, 1);  // the primary is replica 1
  CHECK(refusal_of(cluster, cluster.prepared(header, {0, 2})) == std::nullopt);
  for (const std::vector<std::uint32_t>& bad :
       std::vector<std::vector<std::uint32_t>>{{0}, {0, 2, 3}, {2, 0}, {2, 2}, {1, 2}, {}}) {
    CHECK(refusal_of(cluster, cluster.prepared(header, bad)) == Reject::certificate_not_canonical);
  }
  PreparedCertificate forged = cluster.prepared(header, {0, 2});
  forged.primary_signature = cluster.replica(0).sign_header(header);
  CHECK(refusal_of(cluster, forged) == Reject::bad_signature);
  PreparedCertificate one_forged = cluster.prepared(header, {0, 2});
  one_forged.prepares[1].signature.bytes[5] ^= 1;
  CHECK(refusal_of(cluster, one_forged) == Reject::bad_signature);
}

TEST_CASE("a status has bitmaps of exactly L bits, rounded up to bytes") {
  const SampleCluster cluster;
  for (Bytes Status::*bitmap : {&Status::accepted, &Status::prepared, &Status::committed}) {
    for (const std::size_t size : {1u, 3u}) {
      Status status = cluster.status(2);
      (status.*bitmap).resize(size);
      cluster.replica(2).sign(status);
      CHECK(refusal_of(cluster, status) == Reject::bad_field_width);
    }
  }
}

TEST_CASE("the leaves of a reply are in the signed tree, where it says") {
  const SampleCluster cluster;
  const Replies good = cluster.replies(1, 7, 2, 3);
  Replies other_leaf = good, moved = good, short_proof = good, no_leaves = good;
  other_leaf.leaves[1].result.push_back(0);
  moved.first = 3;
  short_proof.proof.pop_back();
  no_leaves.leaves.clear();
  for (const Replies& bad : {other_leaf, moved, short_proof, no_leaves}) {
    CHECK(refusal_of(cluster, bad) == Reject::digest_mismatch);
  }
  Replies hinted = good;
  hinted.view_hint = View(99);  // not signed
  CHECK(refusal_of(cluster, hinted) == std::nullopt);
}

/// Counts what it is asked.
class CountingScheme final : public SignatureScheme {
 public:
  bool verify(const PublicKey& key, ByteView message, const Signature& signature) const override {
    ++calls;
    return scheme.verify(key, message, signature);
  }
  mutable int calls = 0;
};

TEST_CASE("a bundle that was seen before costs no signature check, its neighbour with one other byte does") {
  const SampleCluster cluster;
  const CountingScheme counting;
  Verifier verifier(cluster.genesis(), counting, 2);
  CHECK(refusal_of(verifier, Request{cluster.bundle(0, 7)}) == std::nullopt);
  CHECK(refusal_of(verifier, Request{cluster.bundle(1, 7)}) == std::nullopt);
  CHECK(counting.calls == 2);
  CHECK(refusal_of(verifier, cluster.pre_prepare(View(0), SequenceNumber(9), cluster.batch())) == std::nullopt);
  CHECK(counting.calls == 3);  // the primary's signature alone

  Message resigned = Request{cluster.bundle(0, 7)};
  BreakSignature{}(std::get<Request>(resigned));
  CHECK(refusal_of(verifier, resigned) == Reject::bad_signature);
  CHECK(refusal_of(verifier, resigned) == Reject::bad_signature);  // what failed is not remembered
  CHECK(counting.calls == 5);

  CHECK(refusal_of(verifier, Request{cluster.bundle(0, 9)}) == std::nullopt);  // takes the oldest one's place
  CHECK(refusal_of(verifier, Request{cluster.bundle(1, 7)}) == std::nullopt);
  CHECK(counting.calls == 6);
  CHECK(refusal_of(verifier, Request{cluster.bundle(0, 7)}) == std::nullopt);
  CHECK(counting.calls == 7);
}

TEST_CASE("a certificate of votes that were seen before costs no signature check, and one of others does") {
  const SampleCluster cluster;
  const CountingScheme counting;
  Verifier verifier(cluster.genesis(), counting);
  const PrePrepareHeader header = header_of(cluster);
  const auto prepare = [&](std::uint32_t id) {
    Prepare vote{header.view, header.n, header.digest, ReplicaId(id), {}};
    cluster.replica(id).sign(vote);
    return vote;
  };
  CHECK(refusal_of(verifier, prepare(1)) == std::nullopt);
  CHECK(refusal_of(verifier, prepare(2)) == std::nullopt);
  CHECK(counting.calls == 2);
  const PreparedCertificate seen = cluster.prepared(header, {1, 2});
  CHECK(verifier.verify(seen).has_value());
  CHECK(counting.calls == 3);  // the primary's signature alone
  CHECK(verifier.verify(seen).has_value());
  CHECK(counting.calls == 3);
  CHECK(verifier.verify(cluster.prepared(header, {1, 3})).has_value());
  CHECK(counting.calls == 4);

  PreparedCertificate broken = seen;
  broken.prepares[1].signature.bytes[0] ^= 1;
  CHECK(verifier.verify(broken).error() == Reject::bad_signature);
  PreparedCertificate swapped = seen;  // one backup's signature as another's
  swapped.prepares[1] = {ReplicaId(3), seen.prepares[1].signature};
  CHECK(verifier.verify(swapped).error() == Reject::bad_signature);
  PreparedCertificate moved = seen;
  moved.header.n = SequenceNumber(10);
  CHECK(verifier.verify(moved).error() == Reject::bad_signature);
  CHECK(verifier.verify(broken).error() == Reject::bad_signature);  // what failed is not remembered
}

}  // namespace
}  // namespace quorate
