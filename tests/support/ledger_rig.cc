#include "tests/support/ledger_rig.h"

#include "crypto/check.h"
#include "messages/operation.h"
#include "replica/service/state_layout.h"
#include "replica/service/state_proof.h"

namespace quorate::testing {

LedgerRig::LedgerRig(std::uint64_t slots, std::uint64_t checkpoint) {
  Service service(cluster_.genesis(), state_.entries);
  const std::vector<std::uint32_t> quorum = {0, 1, 3};
  for (std::uint64_t n = 1; n <= slots; ++n) {
    BatchPtr batch;
    if (n % 2 == 1) {
      const Bytes put = encode_operation(Put{as_bytes("key" + std::to_string(n)), as_bytes("value")}).value();
      const BundlePtr bundle = cluster_.client(1).sign_bundle(ClientId(1), Timestamp(n), std::vector<Bytes>{put});
      batch = Batch::build(WallTime(1'000 + n), std::vector<BundlePtr>{bundle});
    }
    const PrePrepareHeader header{View(n / 5), SequenceNumber(n), batch ? batch->digest() : null_digest()};
    blocks_.push_back(service.execute(header.n, header.digest, batch.get()).block);
    marks_.push_back({cluster_.committed(header, quorum), batch});
    if (n != checkpoint) continue;
    service.write_checkpoint();
    state_.n = header.n;
    state_tree::rebuild(state_.entries, state_.nodes);
    const MemoryView view(std::make_shared<const MemoryState>(state_));
    auto proof = prove_entry(view, state_layout::meta_key());
    check(proof.has_value(), "a small state has a small proof");
    checkpoint_ = LedgerCheckpoint{cluster_.stable(header.n, state_.root(), quorum), std::move(*proof)};
  }
}

LedgerAnswer LedgerRig::signed_by(ReplicaId replica, LedgerAnswer answer) const {
  answer.replica = replica;
  cluster_.replica(replica.value).sign(answer);
  return answer;
}

LedgerAnswer LedgerRig::answer(ReplicaId replica, SequenceNumber first, std::uint32_t count, LedgerWants wants) const {
  const LedgerQuery query{ClientId(0), 77, first, count, wants, {}};
  const LedgerHoldings holdings{blocks_.front().n, blocks_.back().n, blocks_, marks_};
  LedgerAnswer answer = ledger_answer(replica, query, holdings);
  if (wants.checkpoint) answer.checkpoint = checkpoint_;
  return signed_by(replica, std::move(answer));
}

}  // namespace quorate::testing
