#include "replica/service/block_fetching.h"

#include <algorithm>

#include "messages/limits.h"

namespace quorate {
namespace {

bool leads_to(const std::vector<Block>& blocks, SequenceNumber last, const Digest& digest) {
  if (blocks.empty() || blocks.back().n != last || blocks.back().digest() != digest) return false;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    if (blocks[i].n != blocks[i - 1].n + 1 || blocks[i].previous != blocks[i - 1].digest()) return false;
  }
  return true;
}

}  // namespace

BlockFetching::BlockFetching(const Genesis& genesis, ReplicaId self, const MessageSigner& signer)
    : replicas_(genesis.quorums().replicas()), self_(self), signer_(signer), turn_(self.value + 1) {}

void BlockFetching::want(const std::optional<Missing>& missing) {
  missing_ = missing;
  asked_.reset();
}

std::vector<Block> BlockFetching::step(const BlockRun& run, ReplicaId from, SteadyTime now) {
  if (!missing_ || !asked_ || asked_->peer != from || asked_->last != run.last) return {};
  const bool good = run.blocks.size() <= missing_->count && leads_to(run.blocks, missing_->last, missing_->digest);
  asked_.reset();
  if (!good) {
    in_vain(now);
    return {};
  }
  in_vain_ = 0;
  missing_.reset();  // until it is said anew what is
  return run.blocks;
}

void BlockFetching::in_vain(SteadyTime now) {
  ++turn_;
  if (++in_vain_ + 1 < replicas_) return;
  in_vain_ = 0;
  not_before_ = now + rest_us;
}

std::optional<BlockFetching::Send> BlockFetching::tick(SteadyTime now) {
  if (asked_ && now >= asked_->deadline) {
    asked_.reset();
    in_vain(now);
  }
  if (!missing_ || asked_ || now < not_before_) return std::nullopt;
  if (turn_ % replicas_ == self_.value) ++turn_;
  const ReplicaId peer(turn_ % replicas_);
  const std::uint64_t count = std::min<std::uint64_t>(missing_->count, limits::block_run_max);
  BlockFetch fetch{self_, missing_->last, static_cast<std::uint32_t>(count), {}};
  signer_.sign(fetch);
  asked_ = Asked{peer, missing_->last, now + answer_us};
  not_before_ = now + ask_interval_us;
  return Send{peer, fetch};
}

}  // namespace quorate
