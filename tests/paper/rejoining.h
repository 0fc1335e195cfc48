// What the paper tests of REJOIN share: slots that the others decide, of requests, of a REJOIN, of nothing.
#pragma once

#include <doctest/doctest.h>

#include "tests/paper/replica_under_test.h"

namespace quorate::testing {

/// Of the loss that made the replica under test mute.
inline constexpr std::uint64_t nonce = 5;

inline Recovered lost_log() {
  Recovered recovered;
  recovered.log.mute = nonce;
  return recovered;
}

inline Rejoin own_rejoin(const ReplicaUnderTest& replica, std::uint32_t self, std::uint64_t count = 1,
                         std::uint64_t of_loss = nonce) {
  return replica.cluster().rejoin(self, count, of_loss);
}

/// The others decide a slot of view 0 without this replica, which hears everything.
inline void others_decide(ReplicaUnderTest& replica, const PrePrepare& proposal) {
  replica.receive(proposal, 0);
  for (const std::uint32_t peer : replica.peers()) {
    if (peer != 0) replica.receive(replica.cluster().prepare(peer, proposal.header), peer);
  }
  replica.persist();
  for (const std::uint32_t peer : replica.peers()) {
    replica.receive(replica.cluster().commit(peer, proposal.header), peer);
  }
  replica.execute();
  replica.persist();
}

inline PrePrepare of_rejoin(const ReplicaUnderTest& replica, std::uint64_t n, const Rejoin& rejoin) {
  const BatchPtr batch = Batch::build(noon, {}, std::vector<Rejoin>{rejoin});
  return replica.cluster().pre_prepare(View(0), SequenceNumber(n), batch);
}

inline PrePrepare null_at(const ReplicaUnderTest& replica, std::uint64_t n) {
  return replica.cluster().pre_prepare(View(0), SequenceNumber(n), nullptr);
}

inline void nulls_through(ReplicaUnderTest& replica, std::uint64_t n) {
  for (std::uint64_t next = replica.status().last_executed.value + 1; next <= n; ++next) {
    others_decide(replica, null_at(replica, next));
    if (next % 8 == 0) replica.make_stable(next);
  }
}

/// It may hand on what others signed.
inline void check_silent(const ReplicaUnderTest& replica) {
  for (const Send& send : replica.sends) {
    const Quorums quorums = replica.cluster().genesis().quorums();
    const auto is_own = [&](ReplicaId signer) { return signer == replica.self(); };
    if (const auto* m = std::get_if<PrePrepare>(send.message.get())) {
      CHECK_FALSE(is_own(quorums.primary_of(m->header.view)));
    }
    if (const auto* m = std::get_if<Prepare>(send.message.get())) CHECK_FALSE(is_own(m->replica));
    if (const auto* m = std::get_if<Commit>(send.message.get())) CHECK_FALSE(is_own(m->replica));
    if (const auto* m = std::get_if<ViewChangePtr>(send.message.get())) CHECK_FALSE(is_own((*m)->replica));
    if (const auto* m = std::get_if<NewViewPtr>(send.message.get()))
      CHECK_FALSE(is_own(quorums.primary_of((*m)->view)));
  }
}

inline NewViewPtr new_view_of(const ReplicaUnderTest& replica, std::uint64_t view) {
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : {0, 2, 3}) changes.push_back(replica.cluster().view_change(id, View(view)));
  return replica.cluster().new_view(View(view), changes, {});
}

}  // namespace quorate::testing
