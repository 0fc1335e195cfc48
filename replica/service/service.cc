#include "replica/service/service.h"

#include "crypto/check.h"
#include "crypto/merkle.h"
#include "replica/service/key_value.h"

namespace quorate {
namespace {

Digest reply_root(const std::vector<Leaf>& leaves) {
  std::vector<Digest> digests;
  digests.reserve(leaves.size());
  for (const Leaf& leaf : leaves) digests.push_back(leaf.digest());
  return MerkleTree(std::move(digests)).root();
}

Refusal refusal(RefusalReason reason, ClientId client, Timestamp timestamp) {
  Refusal out;
  out.reason = reason;
  out.client = client;
  out.timestamp = timestamp;
  return out;
}

}  // namespace

Service::Service(const Genesis& genesis, OrderedMap& map)
    : genesis_(genesis), map_(&map), windows_(genesis), rejoins_(genesis), ledger_(genesis.cluster_id()) {
  reload();
}

void Service::reload() {
  windows_ = ClientWindows(genesis_);
  rejoins_ = Rejoins(genesis_);
  ledger_ = Ledger(genesis_.cluster_id());
  windows_.load(*map_);
  rejoins_.load(*map_);
  ledger_.load(*map_);
}

ExecutedBatch Service::execute(SequenceNumber n, const Digest& digest, const Batch* batch) {
  check(n == ledger_.n() + 1, "slots are executed in order, each once");
  check(digest == (batch == nullptr ? null_digest() : batch->digest()), "a slot's digest is that of its body");
  ExecutedBatch out;
  out.n = n;
  if (batch != nullptr) {
    std::uint32_t index = 0;
    for (const BundleView& bundle : batch->bundles()) {
      for (std::size_t i = 0; i < bundle.operations.size(); ++i, ++index) {
        execute_one(out, index, bundle.client, bundle.first + i, bundle.operations[i]);
      }
    }
    for (const Rejoin& rejoin : batch->rejoins()) {
      if (rejoins_.execute(n, rejoin)) out.rejoins.push_back(rejoins_.of(rejoin.replica));
    }
  }
  out.block =
      ledger_.append(digest, reply_root(out.leaves), batch == nullptr ? std::nullopt : std::optional(batch->time()));
  out.agreed_time = ledger_.agreed_time();
  return out;
}

void Service::execute_one(ExecutedBatch& out, std::uint32_t index, ClientId client, Timestamp timestamp,
                          ByteView operation) {
  switch (windows_.judge(client, timestamp)) {
    case ClientWindows::Verdict::too_old:
      out.refusals.push_back(refusal(RefusalReason::too_old, client, timestamp));
      return;
    case ClientWindows::Verdict::too_far:
      out.refusals.push_back(refusal(RefusalReason::too_far, client, timestamp));
      return;
    case ClientWindows::Verdict::duplicate:
      out.duplicates.push_back({client, timestamp});
      return;
    case ClientWindows::Verdict::fresh:
      break;
  }
  OperationOutcome outcome = execute_operation(*map_, {out.n, index}, operation);
  Leaf leaf;
  leaf.client = client;
  leaf.timestamp = timestamp;
  leaf.operation_digest = operation_digest(client, timestamp, operation);
  leaf.n = out.n;
  leaf.index = index;
  leaf.status = outcome.status;
  leaf.result = std::move(outcome.result);
  windows_.record(leaf);
  out.leaves.push_back(std::move(leaf));
}

void Service::write_checkpoint() {
  windows_.save(*map_);
  rejoins_.save(*map_);
  ledger_.save(*map_);
}

std::optional<Leaf> Service::stored(ClientId client, Timestamp timestamp) const {
  const Leaf* leaf = windows_.find(client, timestamp);
  if (leaf == nullptr) return std::nullopt;
  return *leaf;
}

Timestamp Service::low_mark(ClientId client) const { return windows_.low(client); }
Timestamp Service::newest(ClientId client) const { return windows_.newest(client); }
std::vector<ClientMark> Service::client_marks() const { return windows_.marks(); }
SequenceNumber Service::last_executed() const { return ledger_.n(); }
Digest Service::ledger_head() const { return ledger_.head(); }
WallTime Service::agreed_time() const { return ledger_.agreed_time(); }

}  // namespace quorate
