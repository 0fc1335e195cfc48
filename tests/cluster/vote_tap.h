// A tap between the replicas: forwards TCP byte by byte and keeps every signed vote that it sees.
//
// Each replica is given a cluster file in which its peers stand at the tap's ports. The tap parses the frames that
// pass, never alters them, and collects votes in pieces: what was signed (type, view, n), by whom, for which digest.
// Votes inside certificates count as well. It runs on a thread of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "messages/messages.h"
#include "messages/quorum.h"

namespace quorate::cluster_tests {

/// One signed statement about a slot.
struct Vote {
  MessageType type = MessageType::prepare;
  View view;  // 0 for CHECKPOINT
  SequenceNumber n;
  ReplicaId replica;
  Digest digest;
  Signature signature;
};

/// All votes in a message, its certificates' parts included. PRE-PREPAREs are signed by `quorums.primary_of(view)`.
std::vector<Vote> votes_in(const Message& message, const Quorums& quorums);

class VoteTap {
 public:
  explicit VoteTap(const Quorums& quorums);
  ~VoteTap();
  VoteTap(const VoteTap&) = delete;
  VoteTap& operator=(const VoteTap&) = delete;

  /// A new port on 127.0.0.1 whose connections are carried on to `target_port`.
  std::uint16_t forward_to(std::uint16_t target_port);
  /// Every distinct vote seen so far.
  std::vector<Vote> votes() const;

 private:
  class Relay;
  std::unique_ptr<Relay> relay_;
};

}  // namespace quorate::cluster_tests
