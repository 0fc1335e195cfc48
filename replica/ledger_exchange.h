// The ledger in a running replica: clients and peers are shown blocks, and those that we lack are fetched.
//
// All of it is read on a thread of its own, a bounded number of questions for each who asks, and fetched blocks are
// written on the state's thread: nothing here holds up ordering. Everything is called, and calls back, on the main
// thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "replica/log_limit.h"
#include "replica/service/block_fetching.h"
#include "replica/service/service.h"
#include "replica/state_thread.h"

namespace quorate {

class LedgerExchange {
 public:
  using OnSend = std::function<void(ReplicaId, const Message&)>;
  using OnAnswer = std::function<void(ClientId, const Message&)>;

  static constexpr std::uint32_t answers_waiting_max = 4;  // for one client, or one peer

  /// All that is passed must outlive this object.
  LedgerExchange(asio::io_context& main, const Genesis& genesis, ReplicaId self, const MessageSigner& signer,
                 const Service& service, StateStore& state, const LogStore& log, StateThread& thread, OnSend on_send,
                 OnAnswer on_answer);
  ~LedgerExchange();

  /// False when the message is none of the ledger.
  bool step(ReplicaId from, const Message& message);
  void answer(const LedgerQuery& query);
  /// What the log was given now: proofs of h, and marks, for which questions about new slots wait.
  void noted(const std::vector<NumberedRecord>& records);
  void durable(RecordNumber through);
  /// h is that of this proof now.
  void stable(const StableCheckpoint& proof);
  /// Another state is durable, at the start too.
  void committed();
  /// The state is another than the one that the slots before it led to, or the replica has just begun: looks for blocks
  /// that are missing.
  void installed();
  void stop();

 private:
  void read(const LedgerQuery& query);
  void serve(ReplicaId peer, const BlockFetch& fetch);
  void prove_newest();
  void pair_up();
  void look_for_missing();
  void take(const std::vector<Block>& blocks);
  void ask();
  void note(const Result<void>& read);

  asio::io_context& main_;
  ReplicaId self_;
  const MessageSigner& signer_;
  const Service& service_;
  StateStore& state_;
  const LogStore& log_;
  StateThread& thread_;
  OnSend on_send_;
  OnAnswer on_answer_;
  asio::thread_pool reading_{1};
  std::map<ClientId, std::uint32_t> clients_waiting_;
  std::map<ReplicaId, std::uint32_t> peers_waiting_;
  LogLimit read_failures_;

  RecordNumber newest_mark_;
  RecordNumber durable_;
  std::deque<std::pair<RecordNumber, LedgerQuery>> held_;  // until this mark is durable

  struct Proof {
    Digest root;
    StateProof proof;
  };
  std::optional<StableCheckpoint> stable_;
  std::map<SequenceNumber, Proof> proofs_;      // of the newest durable states
  std::optional<LedgerCheckpoint> checkpoint_;  // the newest that is stable and proven

  BlockFetching fetching_;
  asio::steady_timer timer_;
};

}  // namespace quorate
