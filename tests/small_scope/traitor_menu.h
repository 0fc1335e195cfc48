// What the traitors of a small scope can say: every vote for every digest that there is, in both views, proposals of
// two kinds, VIEW-CHANGEs that hide and that do not, and each NEW-VIEW that the loyal must take.
//
// A message that contains signatures of the loyal can be said once they have signed.
#pragma once

#include <vector>

#include "messages/sign.h"
#include "tests/small_scope/replicas.h"

namespace quorate::small_scope {

struct Offer {
  MessageId message = 0;
  /// Each of these must have been said by that replica.
  std::vector<std::pair<ReplicaId, MessageId>> needs;
};

class TraitorMenu {
 public:
  TraitorMenu(const Genesis& genesis, const simulation::Keys& keys, Messages& messages,
              const std::vector<std::uint32_t>& traitors, std::uint32_t slots);

  const std::vector<Offer>& offers() const { return offers_; }
  /// What clients ask, one operation for each slot, handed in by the client itself.
  const std::vector<MessageId>& requests() const { return requests_; }
  /// NEW-VIEWs of a traitor that leads view 1, over these VIEW-CHANGEs of the loyal and the traitors' own.
  std::vector<MessageId> new_views(const std::vector<ViewChangePtr>& said);

 private:
  struct Proposal {
    SequenceNumber n;
    Digest digest;
    BatchPtr batch;
  };

  void propose(std::uint32_t slots);
  void vote(ReplicaId traitor);
  void change_view(ReplicaId traitor);
  MessagePtr prepare(ReplicaId replica, const PrePrepareHeader& header) const;
  MessageSigner signer(ReplicaId replica) const { return {genesis_.cluster_id(), *keys_.signers[replica.value]}; }
  bool lies(ReplicaId replica) const;
  MessageId add(const Message& message, ReplicaId from);

  const Genesis& genesis_;
  const simulation::Keys& keys_;
  Messages& messages_;
  const Quorums quorums_;
  std::vector<ReplicaId> traitors_;
  std::vector<Proposal> proposals_;
  std::vector<Offer> offers_;
  std::vector<MessageId> requests_;
  std::vector<ViewChangePtr> hiding_;  // of the traitors
};

}  // namespace quorate::small_scope
