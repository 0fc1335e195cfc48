// Signed answers to clients: one signature for all leaves of a batch, and a message for each client with its own
// leaves.
//
// A tree stands over the leaves that are handed in, in order (messages/README.md, "Reply tree"). Leaves of an executed
// batch are passed whole, so that all replicas sign equal trees; stored leaves are answered in a tree of their own.
#pragma once

#include <span>
#include <vector>

#include "messages/messages.h"
#include "messages/sign.h"

namespace quorate {

/// A message and the client for which it is.
template <typename T>
struct ToClient {
  ClientId client;
  T message;
};

/// Signs once and cuts the leaves into runs of one client, each within limits::reply_leaves_max and reply_bytes_max.
/// No leaves, no message.
std::vector<ToClient<Replies>> build_replies(const MessageSigner& signer, ReplicaId self, View view_hint,
                                             std::span<const Leaf> leaves);

/// Names this replica in the refusal and signs it.
Refusal signed_refusal(const MessageSigner& signer, ReplicaId self, Refusal refusal);

}  // namespace quorate
