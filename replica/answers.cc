#include "replica/answers.h"

#include "messages/limits.h"
#include "replica/service/reply_builder.h"

namespace quorate {

Answers::Answers(const MessageSigner& signer, ReplicaId self, const Core& core, const Service& service, Wire& wire)
    : signer_(signer), self_(self), core_(core), service_(service), wire_(wire) {}

void Answers::executed(const ExecutedBatch& batch) {
  send_leaves(batch.leaves);
  std::vector<Leaf> again;
  for (const ExecutedOperation& duplicate : batch.duplicates) {
    send_stored(duplicate.client, duplicate.timestamp, again);
  }
  send_leaves(again);
  for (const Refusal& refusal : batch.refusals) refuse(refusal);
}

void Answers::stored(const AnswerStored& answer) {
  if (wire_.absent(answer.client)) return;
  std::vector<Leaf> leaves;
  // The range spans one bundle; the bound keeps a bug elsewhere from turning into a long loop here.
  for (std::uint64_t i = 0; i < limits::bundle_operations_max; ++i) {
    const Timestamp t = answer.first + i;
    if (t > answer.last) break;
    send_stored(answer.client, t, leaves);
  }
  send_leaves(leaves);
}

void Answers::busy(const AnswerBusy& answer) {
  Refusal refusal;
  refusal.reason = RefusalReason::busy;
  refusal.client = answer.client;
  refusal.timestamp = answer.first;
  refuse(refusal);
}

void Answers::mark(const MarkQuery& query) {
  MarkAnswer answer;
  answer.client = query.client;
  answer.nonce = query.nonce;
  answer.newest = service_.newest(query.client);
  answer.replica = self_;
  answer.view_hint = core_.status().view;
  signer_.sign(answer);
  wire_.send(query.client, frame_of(answer));
}

void Answers::health(ClientId client, const HealthQuery& query, const std::string& health) {
  const CoreStatus status = core_.status();
  HealthReport report;
  report.replica = self_;
  report.nonce = query.nonce;
  report.view = status.view;
  report.active = status.active;
  report.last_executed = service_.last_executed();
  report.stable_checkpoint = status.low_watermark;
  report.health = health;
  signer_.sign(report);
  wire_.send(client, frame_of(report));
}

void Answers::send_leaves(std::span<const Leaf> leaves) {
  for (auto& reply : build_replies(signer_, self_, core_.status().view, leaves)) {
    if (!wire_.absent(reply.client)) wire_.send(reply.client, frame_of(std::move(reply.message)));
  }
}

void Answers::send_stored(ClientId client, Timestamp timestamp, std::vector<Leaf>& leaves) {
  if (wire_.absent(client)) return;
  if (auto leaf = service_.stored(client, timestamp)) {
    leaves.push_back(std::move(*leaf));
  } else if (timestamp <= service_.low_mark(client)) {
    Refusal refusal;
    refusal.reason = RefusalReason::too_old;
    refusal.client = client;
    refusal.timestamp = timestamp;
    refuse(refusal);
  }
}

void Answers::refuse(const Refusal& refusal) {
  if (wire_.absent(refusal.client)) return;
  wire_.send(refusal.client, frame_of(signed_refusal(signer_, self_, refusal)));
}

}  // namespace quorate
