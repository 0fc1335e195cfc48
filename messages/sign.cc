#include "messages/sign.h"

#include "crypto/check.h"

namespace quorate {
namespace {

void write(ByteWriter& out, const Digest& digest) { out.raw(digest.bytes); }

Bytes vote_payload(View view, SequenceNumber n, const Digest& digest, ReplicaId replica) {
  ByteWriter out;
  out.u64(view.value);
  out.u64(n.value);
  write(out, digest);
  out.u32(replica.value);
  return out.take();
}

}  // namespace

Bytes signature_input(const Digest& cluster_id, MessageType type, ByteView payload) {
  ByteWriter out;
  out.reserve(9 + Digest::size + 1 + payload.size());
  out.raw(as_bytes("quorate-1"));
  write(out, cluster_id);
  out.u8(static_cast<std::uint8_t>(type));
  out.raw(payload);
  return out.take();
}

Bytes payload_of(const PrePrepareHeader& header) {
  ByteWriter out;
  out.u64(header.view.value);
  out.u64(header.n.value);
  write(out, header.digest);
  return out.take();
}

Bytes payload_of(const Prepare& vote) { return vote_payload(vote.view, vote.n, vote.digest, vote.replica); }
Bytes payload_of(const Commit& vote) { return vote_payload(vote.view, vote.n, vote.digest, vote.replica); }

Bytes payload_of(const Checkpoint& vote) {
  ByteWriter out;
  out.u64(vote.n.value);
  write(out, vote.root);
  out.u32(vote.replica.value);
  return out.take();
}

Bytes payload_of(const Status& status) {
  ByteWriter out;
  out.u32(status.replica.value);
  out.u64(status.view.value);
  out.u8(status.active ? 1 : 0);
  out.u64(status.low_watermark.value);
  out.u64(status.last_executed.value);
  out.prefixed(status.accepted);
  out.prefixed(status.prepared);
  out.prefixed(status.committed);
  return out.take();
}

Bytes payload_of(const Fetch& fetch) {
  ByteWriter out;
  out.u32(fetch.replica.value);
  out.u64(fetch.first.value);
  out.u32(fetch.count);
  return out.take();
}

Bytes payload_of(const FetchBody& fetch) {
  ByteWriter out;
  out.u32(fetch.replica.value);
  out.u64(fetch.n.value);
  write(out, fetch.digest);
  return out.take();
}

Bytes payload_of(const StateQuery& query) {
  ByteWriter out;
  out.u32(query.replica.value);
  out.u64(query.at_least.value);
  return out.take();
}

Bytes payload_of(const StateOffer& offer) {
  ByteWriter out;
  out.u64(offer.n.value);
  write(out, offer.root);
  out.u32(offer.replica.value);
  return out.take();
}

Bytes payload_of(const Replies& replies) {
  ByteWriter out;
  out.u32(replies.replica.value);
  out.u32(replies.tree_size);
  write(out, replies.root);
  return out.take();
}

Bytes payload_of(const Refusal& refusal) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(refusal.reason));
  out.u32(refusal.client.value);
  out.u64(refusal.timestamp.value);
  out.u32(refusal.replica.value);
  return out.take();
}

Bytes payload_of(const MarkQuery& query) {
  ByteWriter out;
  out.u32(query.client.value);
  out.u64(query.nonce);
  return out.take();
}

Bytes payload_of(const MarkAnswer& answer) {
  ByteWriter out;
  out.u32(answer.client.value);
  out.u64(answer.nonce);
  out.u64(answer.newest.value);
  out.u32(answer.replica.value);
  out.u64(answer.view_hint.value);
  return out.take();
}

Bytes payload_of(const HealthQuery& query) {
  ByteWriter out;
  out.u32(query.client.value);
  out.u64(query.nonce);
  return out.take();
}

Bytes payload_of(const HealthReport& report) {
  ByteWriter out;
  out.u32(report.replica.value);
  out.u64(report.nonce);
  out.u64(report.view.value);
  out.u8(report.active ? 1 : 0);
  out.u64(report.last_executed.value);
  out.u64(report.stable_checkpoint.value);
  out.prefixed(as_bytes(report.health));
  return out.take();
}

Bytes payload_of(const LedgerQuery& query) {
  ByteWriter out;
  out.u32(query.client.value);
  out.u64(query.nonce);
  out.u64(query.first.value);
  out.u32(query.count);
  out.u8(encode_wants(query.wants));
  return out.take();
}

Bytes payload_of(const LedgerAnswer& answer) {
  ByteWriter out;
  out.u32(answer.replica.value);
  out.u32(answer.client.value);
  out.u64(answer.nonce);
  out.u64(answer.oldest.value);
  out.u64(answer.newest.value);
  out.u64(answer.head_n.value);
  write(out, answer.head);
  return out.take();
}

Bytes payload_of(const BlockFetch& fetch) {
  ByteWriter out;
  out.u32(fetch.replica.value);
  out.u64(fetch.last.value);
  out.u32(fetch.count);
  return out.take();
}

Bytes hello_payload(const Hello& hello, const HelloAnswer& answer, bool by_dialler) {
  ByteWriter out;
  out.u8(by_dialler ? 1 : 0);
  out.u32(hello.wire_version);
  out.u8(static_cast<std::uint8_t>(hello.kind));
  out.u32(hello.id);
  write(out, hello.cluster_id);
  out.raw(hello.nonce);
  out.u32(answer.wire_version);
  out.u32(answer.replica.value);
  out.raw(answer.nonce);
  return out.take();
}

MessageSigner::MessageSigner(const Digest& cluster_id, const Signer& signer)
    : cluster_id_(cluster_id), signer_(&signer) {}

Signature MessageSigner::sign(MessageType type, ByteView payload) const {
  return signer_->sign(signature_input(cluster_id_, type, payload));
}
Signature MessageSigner::sign_header(const PrePrepareHeader& header) const {
  return sign(MessageType::pre_prepare, payload_of(header));
}
void MessageSigner::sign(Prepare& m) const { m.signature = sign(MessageType::prepare, payload_of(m)); }
void MessageSigner::sign(Commit& m) const { m.signature = sign(MessageType::commit, payload_of(m)); }
void MessageSigner::sign(Checkpoint& m) const { m.signature = sign(MessageType::checkpoint, payload_of(m)); }
void MessageSigner::sign(Status& m) const { m.signature = sign(MessageType::status, payload_of(m)); }
void MessageSigner::sign(Fetch& m) const { m.signature = sign(MessageType::fetch, payload_of(m)); }
void MessageSigner::sign(StateQuery& m) const { m.signature = sign(MessageType::state_query, payload_of(m)); }
void MessageSigner::sign(StateOffer& m) const { m.signature = sign(MessageType::state_offer, payload_of(m)); }
void MessageSigner::sign(StateFetch& m) const { m.signature = sign(MessageType::state_fetch, payload_of(m)); }
void MessageSigner::sign(Rejoin& m) const { m.signature = sign(MessageType::rejoin, payload_of(m)); }
void MessageSigner::sign(FetchBody& m) const { m.signature = sign(MessageType::fetch_body, payload_of(m)); }
void MessageSigner::sign(ViewChange& m) const { m.signature = sign(MessageType::view_change, payload_of(m)); }
void MessageSigner::sign(NewView& m) const { m.signature = sign(MessageType::new_view, payload_of(m)); }
void MessageSigner::sign(Replies& m) const { m.signature = sign(MessageType::replies, payload_of(m)); }
void MessageSigner::sign(Refusal& m) const { m.signature = sign(MessageType::refusal, payload_of(m)); }
void MessageSigner::sign(MarkQuery& m) const { m.signature = sign(MessageType::mark_query, payload_of(m)); }
void MessageSigner::sign(MarkAnswer& m) const { m.signature = sign(MessageType::mark_answer, payload_of(m)); }
void MessageSigner::sign(HealthQuery& m) const { m.signature = sign(MessageType::health_query, payload_of(m)); }
void MessageSigner::sign(HealthReport& m) const { m.signature = sign(MessageType::health_report, payload_of(m)); }
void MessageSigner::sign(LedgerQuery& m) const { m.signature = sign(MessageType::ledger_query, payload_of(m)); }
void MessageSigner::sign(LedgerAnswer& m) const { m.signature = sign(MessageType::ledger_answer, payload_of(m)); }
void MessageSigner::sign(BlockFetch& m) const { m.signature = sign(MessageType::block_fetch, payload_of(m)); }

BundlePtr MessageSigner::sign_bundle(ClientId client, Timestamp first, std::span<const Bytes> operations) const {
  Bytes payload = Bundle::payload_of(client, first, operations);
  const Signature signature = sign(MessageType::request, payload);
  auto bundle = Bundle::parse(std::move(payload), signature);
  check(bundle.has_value(), "a bundle that is signed obeys the limits");
  return *bundle;
}

}  // namespace quorate
