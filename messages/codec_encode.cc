// Structs to frames. Each message is built in one segment whose size is bounded before it is allocated.
#include <capnp/message.h>

#include <array>
#include <cstring>

#include "crypto/check.h"
#include "messages/codec.h"
#include "messages/messages.capnp.h"

namespace quorate {
namespace {

capnp::Data::Reader data(ByteView bytes) { return {bytes.data(), bytes.size()}; }
capnp::Data::Reader data(const Digest& digest) { return data(ByteView(digest.bytes)); }
capnp::Data::Reader data(const Signature& signature) { return data(ByteView(signature.bytes)); }

template <typename Builder>
void set_parts(Builder builder, const std::vector<SignedBy>& parts) {
  auto signers = builder.initSigners(static_cast<unsigned>(parts.size()));
  auto signatures = builder.initSignatures(static_cast<unsigned>(parts.size() * 64));
  for (unsigned i = 0; i < parts.size(); ++i) {
    signers.set(i, parts[i].replica.value);
    std::memcpy(signatures.begin() + 64 * std::size_t{i}, parts[i].signature.bytes.data(), 64);
  }
}

template <typename Vote>
void set_vote(wire::Vote::Builder out, const Vote& vote) {
  out.setView(vote.view.value);
  out.setN(vote.n.value);
  out.setReplica(vote.replica.value);
  out.setDigest(data(vote.digest));
  out.setSignature(data(vote.signature));
}

template <typename Query>
void set_query(wire::Query::Builder out, const Query& query) {
  out.setClient(query.client.value);
  out.setNonce(query.nonce);
  out.setSignature(data(query.signature));
}

struct Encode {
  wire::Frame::Builder frame;

  void operator()(const Request& m) {
    auto out = frame.initRequest();
    out.setPayload(data(m.bundle->view().payload));
    out.setSignature(data(m.bundle->view().signature));
  }
  void operator()(const PrePrepare& m) {
    auto out = frame.initPrePrepare();
    out.setView(m.header.view.value);
    out.setN(m.header.n.value);
    out.setDigest(data(m.header.digest));
    out.setSignature(data(m.signature));
    if (m.batch) out.setBody(data(m.batch->body()));
  }
  void operator()(const Prepare& m) { set_vote(frame.initPrepare(), m); }
  void operator()(const Commit& m) { set_vote(frame.initCommit(), m); }
  void operator()(const Checkpoint& m) {
    auto out = frame.initCheckpoint();
    out.setN(m.n.value);
    out.setReplica(m.replica.value);
    out.setRoot(data(m.root));
    out.setSignature(data(m.signature));
  }
  void operator()(const StableCheckpoint& m) {
    auto out = frame.initStableCheckpoint();
    out.setN(m.n.value);
    out.setRoot(data(m.root));
    set_parts(out, m.checkpoints);
  }
  void operator()(const Status& m) {
    auto out = frame.initStatus();
    out.setReplica(m.replica.value);
    out.setView(m.view.value);
    out.setActive(m.active);
    out.setLowWatermark(m.low_watermark.value);
    out.setLastExecuted(m.last_executed.value);
    out.setAccepted(data(ByteView(m.accepted)));
    out.setPrepared(data(ByteView(m.prepared)));
    out.setCommitted(data(ByteView(m.committed)));
    out.setSignature(data(m.signature));
  }
  void operator()(const Fetch& m) {
    auto out = frame.initFetch();
    out.setReplica(m.replica.value);
    out.setCount(m.count);
    out.setFirst(m.first.value);
    out.setSignature(data(m.signature));
  }
  void operator()(const CommittedBatch& m) {
    auto out = frame.initCommittedBatch();
    out.setView(m.certificate.view.value);
    out.setN(m.certificate.n.value);
    out.setDigest(data(m.certificate.digest));
    set_parts(out, m.certificate.commits);
    if (m.batch) out.setBody(data(m.batch->body()));
  }
  void operator()(const Replies& m) {
    auto out = frame.initReplies();
    out.setReplica(m.replica.value);
    out.setTreeSize(m.tree_size);
    out.setViewHint(m.view_hint.value);
    out.setFirst(m.first);
    out.setRoot(data(m.root));
    out.setSignature(data(m.signature));
    auto leaves = out.initLeaves(static_cast<unsigned>(m.leaves.size()));
    for (unsigned i = 0; i < m.leaves.size(); ++i) set_leaf(leaves[i], m.leaves[i]);
    auto proof = out.initProof(static_cast<unsigned>(m.proof.size() * Digest::size));
    for (std::size_t i = 0; i < m.proof.size(); ++i)
      std::memcpy(proof.begin() + Digest::size * i, m.proof[i].bytes.data(), Digest::size);
  }
  void operator()(const Refusal& m) {
    auto out = frame.initRefusal();
    out.setReason(static_cast<std::uint8_t>(m.reason));
    out.setClient(m.client.value);
    out.setTimestamp(m.timestamp.value);
    out.setReplica(m.replica.value);
    out.setSignature(data(m.signature));
  }
  void operator()(const MarkQuery& m) { set_query(frame.initMarkQuery(), m); }
  void operator()(const MarkAnswer& m) {
    auto out = frame.initMarkAnswer();
    out.setClient(m.client.value);
    out.setReplica(m.replica.value);
    out.setNonce(m.nonce);
    out.setNewest(m.newest.value);
    out.setViewHint(m.view_hint.value);
    out.setSignature(data(m.signature));
  }
  void operator()(const HealthQuery& m) { set_query(frame.initHealthQuery(), m); }
  void operator()(const HealthReport& m) {
    auto out = frame.initHealthReport();
    out.setReplica(m.replica.value);
    out.setActive(m.active);
    out.setNonce(m.nonce);
    out.setView(m.view.value);
    out.setLastExecuted(m.last_executed.value);
    out.setStableCheckpoint(m.stable_checkpoint.value);
    out.setHealth(capnp::Text::Reader(m.health.c_str(), m.health.size()));  // with its zero bytes
    out.setSignature(data(m.signature));
  }
  void operator()(const Hello& m) {
    auto out = frame.initHello();
    out.setWireVersion(m.wire_version);
    out.setKind(static_cast<std::uint8_t>(m.kind));
    out.setId(m.id);
    out.setClusterId(data(m.cluster_id));
    out.setNonce(data(ByteView(m.nonce)));
  }
  void operator()(const HelloAnswer& m) {
    auto out = frame.initHelloAnswer();
    out.setWireVersion(m.wire_version);
    out.setReplica(m.replica.value);
    out.setNonce(data(ByteView(m.nonce)));
    out.setSignature(data(m.signature));
  }
  void operator()(const HelloProof& m) { frame.initHelloProof().setSignature(data(m.signature)); }

  void operator()(const ViewChangePtr& m) { set_signed(frame.initViewChange(), *m); }
  void operator()(const NewViewPtr& m) { set_signed(frame.initNewView(), *m); }
  void operator()(const FetchBody& m) {
    auto out = frame.initFetchBody();
    out.setReplica(m.replica.value);
    out.setN(m.n.value);
    out.setDigest(data(m.digest));
    out.setSignature(data(m.signature));
  }
  void operator()(const BatchBody& m) {
    auto out = frame.initBody();
    out.setN(m.n.value);
    out.setDigest(data(m.digest));
    out.setBody(data(m.batch->body()));
  }

  void operator()(const StateQuery& m) {
    auto out = frame.initStateQuery();
    out.setReplica(m.replica.value);
    out.setAtLeast(m.at_least.value);
    out.setSignature(data(m.signature));
  }
  void operator()(const StateOffer& m) {
    auto out = frame.initStateOffer();
    out.setN(m.n.value);
    out.setReplica(m.replica.value);
    out.setRoot(data(m.root));
    out.setSignature(data(m.signature));
  }
  void operator()(const StateFetch& m) { set_signed(frame.initStateFetch(), m); }
  void operator()(const StateParts& m) {
    auto out = frame.initStateParts();
    const Bytes parts = encode_parts(m.parts);
    out.setN(m.n.value);
    out.setParts(data(ByteView(parts)));
  }

  void operator()(const LedgerQuery& m) {
    auto out = frame.initLedgerQuery();
    out.setClient(m.client.value);
    out.setCount(m.count);
    out.setNonce(m.nonce);
    out.setFirst(m.first.value);
    out.setWants(encode_wants(m.wants));
    out.setSignature(data(m.signature));
  }
  void operator()(const LedgerAnswer& m) {
    auto out = frame.initLedgerAnswer();
    const Bytes entries = encode_entries(m.entries);
    out.setReplica(m.replica.value);
    out.setClient(m.client.value);
    out.setNonce(m.nonce);
    out.setOldest(m.oldest.value);
    out.setNewest(m.newest.value);
    out.setHeadN(m.head_n.value);
    out.setHead(data(m.head));
    out.setSignature(data(m.signature));
    out.setEntries(data(ByteView(entries)));
    if (!m.checkpoint) return;
    const Bytes checkpoint = encode_checkpoint(*m.checkpoint);
    out.setCheckpoint(data(ByteView(checkpoint)));
  }
  void operator()(const BlockFetch& m) {
    auto out = frame.initBlockFetch();
    out.setReplica(m.replica.value);
    out.setCount(m.count);
    out.setLast(m.last.value);
    out.setSignature(data(m.signature));
  }
  void operator()(const BlockRun& m) {
    auto out = frame.initBlockRun();
    const Bytes blocks = encode_run(m);
    out.setLast(m.last.value);
    out.setBlocks(data(ByteView(blocks)));
  }
  void operator()(const Rejoin& m) {
    auto out = frame.initRejoin();
    out.setReplica(m.replica.value);
    out.setCount(m.count);
    out.setNonce(m.nonce);
    out.setSignature(data(m.signature));
  }

  template <typename SignedMessage>
  static void set_signed(wire::Signed::Builder out, const SignedMessage& m) {
    const Bytes payload = payload_of(m);
    out.setPayload(data(ByteView(payload)));
    out.setSignature(data(m.signature));
  }
  static void set_leaf(wire::Leaf::Builder out, const Leaf& leaf) {
    out.setClient(leaf.client.value);
    out.setIndex(leaf.index);
    out.setTimestamp(leaf.timestamp.value);
    out.setN(leaf.n.value);
    out.setStatus(static_cast<std::uint8_t>(leaf.status));
    out.setOperationDigest(data(leaf.operation_digest));
    out.setResult(data(ByteView(leaf.result)));
  }
};

/// Bytes of a message beyond its fixed fields: an upper bound, so that one segment always suffices.
struct VariableBytes {
  static std::size_t of(const BatchPtr& batch) { return batch ? batch->body().size() : 0; }

  std::size_t operator()(const Request& m) const { return m.bundle->view().payload.size(); }
  std::size_t operator()(const PrePrepare& m) const { return of(m.batch); }
  std::size_t operator()(const StableCheckpoint& m) const { return m.checkpoints.size() * 68; }
  std::size_t operator()(const Status& m) const { return m.accepted.size() + m.prepared.size() + m.committed.size(); }
  std::size_t operator()(const CommittedBatch& m) const { return m.certificate.commits.size() * 68 + of(m.batch); }
  std::size_t operator()(const Replies& m) const {
    std::size_t bytes = m.proof.size() * Digest::size;
    for (const Leaf& leaf : m.leaves) bytes += 96 + leaf.result.size();
    return bytes;
  }
  std::size_t operator()(const HealthReport& m) const { return m.health.size(); }
  std::size_t operator()(const ViewChangePtr& m) const { return payload_of(*m).size(); }
  std::size_t operator()(const NewViewPtr& m) const { return payload_of(*m).size(); }
  std::size_t operator()(const BatchBody& m) const { return of(m.batch); }
  std::size_t operator()(const StateFetch& m) const { return payload_of(m).size(); }
  std::size_t operator()(const StateParts& m) const {
    std::size_t bytes = 4;
    for (const StatePart& part : m.parts) bytes += 10 + part.first.size() + part.content.size();
    return bytes;
  }
  std::size_t operator()(const LedgerAnswer& m) const {
    return encode_entries(m.entries).size() + (m.checkpoint ? encode_checkpoint(*m.checkpoint).size() : 0);
  }
  std::size_t operator()(const BlockRun& m) const { return encode_run(m).size(); }
  template <typename Fixed>
  std::size_t operator()(const Fixed&) const {
    return 0;
  }
};

}  // namespace

Bytes encode(const Message& message) {
  constexpr std::size_t fixed_bytes = 320;  // the largest message's fixed fields and paddings
  const auto words = static_cast<unsigned>((fixed_bytes + std::visit(VariableBytes{}, message)) / 8 + 8);
  capnp::MallocMessageBuilder builder(words, capnp::AllocationStrategy::FIXED_SIZE);
  std::visit(Encode{builder.initRoot<wire::Frame>()}, message);
  const auto segments = builder.getSegmentsForOutput();
  check(segments.size() == 1, "a message fits the one segment that was sized for it");
  const auto bytes = segments[0].asBytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace quorate
