// The part of a host that answers clients, as replica/answers.cc does.
#include "replica/service/reply_builder.h"
#include "tests/simulation/host.h"

namespace quorate::simulation {

void Host::reply(const ExecutedBatch& batch) {
  for (auto& [client, replies] : build_replies(signer_, self_, process_->core.status().view, batch.leaves)) {
    leave(world_.node(client), std::make_shared<const Message>(std::move(replies)));
  }
  for (const ExecutedOperation& duplicate : batch.duplicates) {
    reply_stored(duplicate.client, duplicate.timestamp, duplicate.timestamp);
  }
  for (const Refusal& refusal : batch.refusals) refuse(refusal);
}

void Host::reply_stored(ClientId client, Timestamp first, Timestamp last) {
  std::vector<Leaf> leaves;
  for (Timestamp t = first; t <= last && t >= first; ++t) {
    if (auto leaf = process_->service.stored(client, t)) {
      leaves.push_back(std::move(*leaf));
    } else if (t <= process_->service.low_mark(client)) {
      refuse({RefusalReason::too_old, client, t, self_, {}});
    }
    if (t == last) break;
  }
  for (auto& [to, replies] : build_replies(signer_, self_, process_->core.status().view, leaves)) {
    leave(world_.node(to), std::make_shared<const Message>(std::move(replies)));
  }
}

void Host::refuse(Refusal refusal) {
  const ClientId client = refusal.client;
  leave(world_.node(client), std::make_shared<const Message>(signed_refusal(signer_, self_, std::move(refusal))));
}

void Host::answer(const MarkQuery& query) {
  MarkAnswer answer{query.client, query.nonce, process_->service.newest(query.client), self_, {}, {}};
  signer_.sign(answer);
  leave(world_.node(query.client), std::make_shared<const Message>(answer));
}

}  // namespace quorate::simulation
