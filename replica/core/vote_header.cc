// What of a message `wants` can judge before its signature is verified.
#include "replica/core/core.h"

namespace quorate {
namespace {

struct HeaderOf {
  ReplicaId primary;

  std::optional<VoteHeader> operator()(const PrePrepare& m) const {
    return VoteHeader{MessageType::pre_prepare, m.header.view, m.header.n, m.header.digest, primary};
  }
  std::optional<VoteHeader> operator()(const Prepare& m) const {
    return VoteHeader{MessageType::prepare, m.view, m.n, m.digest, m.replica};
  }
  std::optional<VoteHeader> operator()(const Commit& m) const {
    return VoteHeader{MessageType::commit, m.view, m.n, m.digest, m.replica};
  }
  std::optional<VoteHeader> operator()(const Checkpoint& m) const {
    return VoteHeader{MessageType::checkpoint, {}, m.n, m.root, m.replica};
  }
  std::optional<VoteHeader> operator()(const StableCheckpoint& m) const {
    return VoteHeader{MessageType::stable_checkpoint, {}, m.n, m.root, {}};
  }
  std::optional<VoteHeader> operator()(const CommittedBatch& m) const {
    return VoteHeader{MessageType::committed_batch, m.certificate.view, m.certificate.n, m.certificate.digest, {}};
  }
  std::optional<VoteHeader> operator()(const ViewChangePtr& m) const {
    return VoteHeader{MessageType::view_change, m->view, m->low_watermark, {}, m->replica};
  }
  std::optional<VoteHeader> operator()(const NewViewPtr& m) const {
    return VoteHeader{MessageType::new_view, m->view, {}, {}, {}};
  }
  std::optional<VoteHeader> operator()(const BatchBody& m) const {
    return VoteHeader{MessageType::body, {}, m.n, m.digest, {}};
  }
  template <typename Other>
  std::optional<VoteHeader> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::optional<VoteHeader> vote_header(const Message& message, ReplicaId primary_of_view) {
  return std::visit(HeaderOf{primary_of_view}, message);
}

}  // namespace quorate
