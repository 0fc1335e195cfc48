#include "tests/small_scope/traitor_menu.h"

#include <algorithm>

#include "messages/operation.h"
#include "replica/core/new_view_rules.h"

namespace quorate::small_scope {
namespace {

constexpr ClientId client{0};

}  // namespace

TraitorMenu::TraitorMenu(const Genesis& genesis, const simulation::Keys& keys, Messages& messages,
                         const std::vector<std::uint32_t>& traitors, std::uint32_t slots)
    : genesis_(genesis), keys_(keys), messages_(messages), quorums_(genesis.quorums()) {
  for (const std::uint32_t traitor : traitors) traitors_.emplace_back(traitor);
  propose(slots);
  for (const ReplicaId traitor : traitors_) {
    vote(traitor);
    change_view(traitor);
  }
}

bool TraitorMenu::lies(ReplicaId replica) const {
  return std::find(traitors_.begin(), traitors_.end(), replica) != traitors_.end();
}

MessageId TraitorMenu::add(const Message& message, ReplicaId from) { return messages_.add(message, from, from); }

/// Two batches for each slot: one at noon, which a loyal primary would make, and one a little later.
void TraitorMenu::propose(std::uint32_t slots) {
  const MessageSigner client_signer(genesis_.cluster_id(), *keys_.signers[genesis_.replica_keys.size()]);
  for (std::uint32_t i = 1; i <= slots; ++i) {
    const std::vector<Bytes> operations = {encode_operation(Put{as_bytes("k"), as_bytes(std::to_string(i))}).value()};
    const BundlePtr bundle = client_signer.sign_bundle(client, Timestamp(i), operations);
    requests_.push_back(messages_.add(Request{bundle}, client, ReplicaId()));
    for (const std::uint64_t later_us : {0, 1}) {
      const BatchPtr batch = Batch::build(noon + later_us, std::vector<BundlePtr>{bundle});
      proposals_.push_back({SequenceNumber(i), batch->digest(), batch});
    }
  }
  for (const View view : {View(0), View(1)}) {
    const ReplicaId primary = quorums_.primary_of(view);
    if (!lies(primary)) continue;
    for (const Proposal& proposal : proposals_) {
      const PrePrepareHeader header{view, proposal.n, proposal.digest};
      offers_.push_back({add(PrePrepare{header, signer(primary).sign_header(header), proposal.batch}, primary), {}});
    }
  }
}

void TraitorMenu::vote(ReplicaId traitor) {
  for (const View view : {View(0), View(1)}) {
    for (const Proposal& proposal : proposals_) {
      const PrePrepareHeader header{view, proposal.n, proposal.digest};
      if (quorums_.primary_of(view) != traitor) offers_.push_back({add(*prepare(traitor, header), traitor), {}});
      Commit commit{view, proposal.n, proposal.digest, traitor, {}};
      signer(traitor).sign(commit);
      offers_.push_back({add(commit, traitor), {}});
    }
  }
}

MessagePtr TraitorMenu::prepare(ReplicaId replica, const PrePrepareHeader& header) const {
  Prepare vote{header.view, header.n, header.digest, replica, {}};
  signer(replica).sign(vote);
  return std::make_shared<const Message>(vote);
}

/// One that hides everything, and one for each certificate that the loyal have made possible.
void TraitorMenu::change_view(ReplicaId traitor) {
  ViewChange hiding{View(1), SequenceNumber(0), std::nullopt, {}, traitor, {}};
  signer(traitor).sign(hiding);
  hiding_.push_back(std::make_shared<const ViewChange>(hiding));
  offers_.push_back({add(hiding_.back(), traitor), {}});
  const ReplicaId primary = quorums_.primary_of(View(0));
  std::vector<ReplicaId> backups;
  for (std::uint32_t i = 0; i < quorums_.replicas(); ++i) {
    if (ReplicaId(i) != primary) backups.emplace_back(i);
  }
  if (!lies(primary)) return;
  for (const Proposal& proposal : proposals_) {
    const PrePrepareHeader header{View(0), proposal.n, proposal.digest};
    for (std::size_t without = 0; without < backups.size(); ++without) {
      PreparedCertificate certificate{header, signer(primary).sign_header(header), {}};
      std::vector<std::pair<ReplicaId, MessageId>> needs;
      for (std::size_t i = 0; i < backups.size(); ++i) {
        if (i == without) continue;
        const MessagePtr vote = prepare(backups[i], header);
        certificate.prepares.push_back({backups[i], std::get<Prepare>(*vote).signature});
        if (!lies(backups[i])) needs.emplace_back(backups[i], add(*vote, backups[i]));
      }
      ViewChange telling{View(1), SequenceNumber(0), std::nullopt, {certificate}, traitor, {}};
      signer(traitor).sign(telling);
      offers_.push_back({add(std::make_shared<const ViewChange>(telling), traitor), std::move(needs)});
    }
  }
}

std::vector<MessageId> TraitorMenu::new_views(const std::vector<ViewChangePtr>& said) {
  const ReplicaId primary = quorums_.primary_of(View(1));
  std::vector<MessageId> made;
  if (!lies(primary)) return made;
  std::vector<ViewChangePtr> all = said;
  all.insert(all.end(), hiding_.begin(), hiding_.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->replica < b->replica; });
  const std::uint32_t quorum = quorums_.quorum();
  for (std::uint32_t chosen = 0; chosen < 1u << all.size(); ++chosen) {
    if (static_cast<std::uint32_t>(__builtin_popcount(chosen)) != quorum) continue;
    NewView new_view{View(1), {}, {}, {}};
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((chosen >> i & 1) != 0) new_view.view_changes.push_back(all[i]);
    }
    const auto plan = derive_new_view(View(1), new_view.view_changes);
    if (!plan) continue;
    for (const PrePrepareHeader& header : plan->headers) {
      new_view.pre_prepares.push_back({header, signer(primary).sign_header(header)});
    }
    signer(primary).sign(new_view);
    made.push_back(add(std::make_shared<const NewView>(new_view), primary));
  }
  return made;
}

}  // namespace quorate::small_scope
