// From frames to the core's inputs: decode, ask whether it is wanted, verify, step.
//
// Frames of replicas go first and all of them; frames of clients go in a bounded portion for each turn, so that a flood
// of requests never holds up votes. Signatures are checked a few messages at a time, on as many threads as there are to
// spare; the order within one connection is kept. What clients send beyond the queue's bytes
// is dropped: they send it again.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "messages/verify.h"
#include "replica/core/core.h"
#include "replica/reject_log.h"
#include "replica/verify_pool.h"

namespace quorate {

class Intake {
 public:
  static constexpr std::size_t client_frames_per_turn = 256;
  static constexpr std::size_t client_bytes_max = 64 * 1024 * 1024;
  /// A client's verified question that the driver answers itself.
  using OnQuery = std::function<void(ClientId, const Message&)>;
  /// A replica's verified message that may not be the core's. False: it is.
  using OnExchange = std::function<bool(ReplicaId, const Message&)>;

  Intake(const Genesis& genesis, Core& core, VerifyPool& verifiers, OnQuery on_query, OnExchange on_exchange);

  void add(const Peer& from, std::vector<Bytes> frames);
  /// Steps what is waiting. True when some of it is left for the next turn.
  bool work(SteadyTime now);

 private:
  struct Waiting {
    Peer from;
    Bytes frame;
  };
  /// Decodes, asks and gathers; what is gathered is checked and stepped when there is enough for all threads.
  void take(const Waiting& waiting, SteadyTime now);
  void step_gathered(SteadyTime now);
  void step(const Peer& from, const Verified<Message>& message, SteadyTime now);
  bool wanted(const Message& message) const;

  Quorums quorums_;
  Core& core_;
  VerifyPool& verifiers_;
  OnQuery on_query_;
  OnExchange on_exchange_;
  RejectLog rejects_;
  std::vector<Waiting> of_replicas_;
  std::deque<Waiting> of_clients_;
  std::size_t client_bytes_ = 0;
  std::vector<Peer> gathered_from_;
  std::vector<Message> gathered_;
};

}  // namespace quorate
