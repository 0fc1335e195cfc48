#include "messages/quorum.h"

namespace quorate {

Quorums::Quorums(std::uint32_t replicas) : replicas_(replicas) {}

std::uint32_t Quorums::replicas() const { return replicas_; }
std::uint32_t Quorums::faulty_max() const { return (replicas_ - 1) / 3; }
std::uint32_t Quorums::quorum() const { return (replicas_ + faulty_max() + 2) / 2; }  // ⌈(N+f+1)/2⌉
std::uint32_t Quorums::weak_quorum() const { return faulty_max() + 1; }
std::uint32_t Quorums::prepares_for_prepared() const { return quorum() - 1; }
std::uint32_t Quorums::commits_for_committed() const { return quorum(); }
std::uint32_t Quorums::checkpoints_for_stable() const { return quorum(); }
std::uint32_t Quorums::replies_for_client() const { return weak_quorum(); }

ReplicaId Quorums::primary_of(View view) const { return ReplicaId(static_cast<std::uint32_t>(view.value % replicas_)); }

}  // namespace quorate
