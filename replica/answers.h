// What clients are told: leaves, refusals, marks and health, signed and sent to their live connections.
#pragma once

#include <span>
#include <string>

#include "messages/sign.h"
#include "replica/core/core.h"
#include "replica/service/service.h"
#include "replica/wire.h"

namespace quorate {

class Answers {
 public:
  /// All that is passed must outlive this object.
  Answers(const MessageSigner& signer, ReplicaId self, const Core& core, const Service& service, Wire& wire);

  /// Leaves of an executed batch: one signature for all.
  void executed(const ExecutedBatch& batch);
  /// Operations that were executed before, from the client's window; what left the window is "too old".
  void stored(const AnswerStored& answer);
  void busy(const AnswerBusy& answer);
  void mark(const MarkQuery& query);
  void health(ClientId client, const HealthQuery& query, const std::string& health);

 private:
  void send_leaves(std::span<const Leaf> leaves);
  void send_stored(ClientId client, Timestamp timestamp, std::vector<Leaf>& leaves);
  void refuse(const Refusal& refusal);

  const MessageSigner& signer_;
  ReplicaId self_;
  const Core& core_;
  const Service& service_;
  Wire& wire_;
};

}  // namespace quorate
