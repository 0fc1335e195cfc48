#include "replica/service/reply_builder.h"

#include "crypto/merkle.h"
#include "messages/limits.h"

namespace quorate {
namespace {

/// How many leaves from `leaves[0]` on go into one message: all of one client, as far as the limits allow.
std::size_t run_length(std::span<const Leaf> leaves) {
  std::size_t bytes = 0;
  std::size_t length = 0;
  while (length < leaves.size() && length < limits::reply_leaves_max && leaves[length].client == leaves[0].client) {
    bytes += leaves[length].result.size();
    if (length > 0 && bytes > limits::reply_bytes_max) break;
    ++length;
  }
  return length;
}

}  // namespace

std::vector<ToClient<Replies>> build_replies(const MessageSigner& signer, ReplicaId self, View view_hint,
                                             std::span<const Leaf> leaves) {
  std::vector<ToClient<Replies>> out;
  if (leaves.empty()) return out;
  std::vector<Digest> digests;
  digests.reserve(leaves.size());
  for (const Leaf& leaf : leaves) digests.push_back(leaf.digest());
  const MerkleTree tree(std::move(digests));

  Replies common;
  common.replica = self;
  common.tree_size = tree.size();
  common.root = tree.root();
  common.view_hint = view_hint;
  signer.sign(common);
  for (std::size_t first = 0; first < leaves.size();) {
    const std::size_t length = run_length(leaves.subspan(first));
    Replies part = common;
    part.first = static_cast<std::uint32_t>(first);
    const auto run = leaves.subspan(first, length);
    part.leaves.assign(run.begin(), run.end());
    part.proof = tree.prove(part.first, static_cast<std::uint32_t>(length));
    out.push_back({run[0].client, std::move(part)});
    first += length;
  }
  return out;
}

Refusal signed_refusal(const MessageSigner& signer, ReplicaId self, Refusal refusal) {
  refusal.replica = self;
  signer.sign(refusal);
  return refusal;
}

}  // namespace quorate
