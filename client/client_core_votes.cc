#include "client/client_core_votes.h"

#include <algorithm>

namespace quorate {

std::optional<Fate> OperationVotes::add(const Leaf& leaf, const Digest& digest, ReplicaId signer,
                                        std::uint32_t needed) {
  if (leaf_signers_.contains(signer)) return std::nullopt;
  leaf_signers_.insert(signer);
  auto found = std::find_if(candidates_.begin(), candidates_.end(),
                            [&leaf](const Candidate& held) { return held.leaf == leaf; });
  if (found == candidates_.end()) found = candidates_.insert(candidates_.end(), Candidate{leaf, {}});
  found->signers.insert(signer);
  if (found->signers.size() < needed) return std::nullopt;
  return leaf.operation_digest == digest ? Fate::executed : Fate::never;
}

std::optional<Fate> OperationVotes::refuse(ReplicaId signer, std::uint32_t needed) {
  refusers_.insert(signer);
  if (refusers_.size() < needed) return std::nullopt;
  return Fate::unknown;
}

}  // namespace quorate
