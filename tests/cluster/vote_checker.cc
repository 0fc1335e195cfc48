#include "tests/cluster/vote_checker.h"

#include <map>
#include <tuple>

#include "messages/sign.h"

namespace quorate::cluster_tests {
namespace {

Bytes payload_of_vote(const Vote& vote) {
  switch (vote.type) {
    case MessageType::pre_prepare:
      return payload_of(PrePrepareHeader{vote.view, vote.n, vote.digest});
    case MessageType::prepare:
      return payload_of(Prepare{vote.view, vote.n, vote.digest, vote.replica, {}});
    case MessageType::commit:
      return payload_of(Commit{vote.view, vote.n, vote.digest, vote.replica, {}});
    default:
      return payload_of(Checkpoint{vote.n, vote.digest, vote.replica, {}});
  }
}

std::string describe(const Vote& first, const Vote& second) {
  return "replica " + std::to_string(first.replica.value) + " signed messages of type " +
         std::to_string(static_cast<int>(first.type)) + " and " + std::to_string(static_cast<int>(second.type)) +
         " at view " + std::to_string(first.view.value) + ", n " + std::to_string(first.n.value) + " for " +
         to_hex(first.digest) + " and for " + to_hex(second.digest);
}

}  // namespace

VoteReport check_votes(const std::vector<Vote>& votes, const Verifier& verifier) {
  VoteReport report;
  // PRE-PREPARE, PREPARE and COMMIT of one replica for one (v, n) must all name one digest.
  std::map<std::tuple<bool, View, SequenceNumber, ReplicaId>, Vote> said;
  for (const Vote& vote : votes) {
    if (!verifier.signed_by(vote.replica, vote.type, payload_of_vote(vote), vote.signature)) continue;
    ++report.votes;
    const auto [place, is_new] =
        said.try_emplace({vote.type == MessageType::checkpoint, vote.view, vote.n, vote.replica}, vote);
    if (!is_new && place->second.digest != vote.digest) report.contradictions.push_back(describe(place->second, vote));
  }
  return report;
}

}  // namespace quorate::cluster_tests
