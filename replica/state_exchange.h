// State transfer in a running replica: peers are served from views of the durable state, and our own state is fetched
// when the core asks for it.
//
// What is fetched is proven and written on the state's thread, what is served is read on a thread of its own: neither
// holds up ordering. Everything here is called, and calls back, on the main thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "replica/service/state_serving.h"
#include "replica/service/state_transfer.h"
#include "replica/state_thread.h"

namespace quorate {

class StateExchange {
 public:
  using OnSend = std::function<void(ReplicaId, const Message&)>;
  /// The store holds this state, and its reads see it.
  using OnInstalled = std::function<void(const StateTransfer::Target&)>;

  static constexpr std::uint32_t answers_waiting_max = 16;  // for one peer

  /// All that is passed must outlive this object.
  StateExchange(asio::io_context& main, const Genesis& genesis, ReplicaId self, const MessageSigner& signer,
                StateStore& store, StateThread& thread, OnSend on_send, OnInstalled on_installed);
  ~StateExchange();

  /// False when the message is none of state transfer.
  bool step(ReplicaId from, const Message& message);
  /// The durable state is that of n now.
  void committed(SequenceNumber n);
  /// Fetches the state at this checkpoint or a later one, as soon as no commit is under way.
  void fetch(SequenceNumber at_least);
  /// What is under way, in words; empty if nothing is.
  std::string progress() const;
  void stop();

 private:
  void begin_if_possible();
  void serve(ReplicaId peer, const StateFetch& fetch);
  void offer(const StateServing::Offers& offers);
  /// Runs on the state's thread, and hands over what came of it.
  void transfer(std::function<void(StateTransfer&)> work);
  void take(StateTransfer::Output output, const StateTransfer::Progress& progress);
  void tick_later();

  asio::io_context& main_;
  StateStore& store_;
  StateThread& thread_;
  OnSend on_send_;
  OnInstalled on_installed_;
  StateServing serving_;
  std::unique_ptr<TransferStore> target_;
  StateTransfer transfer_;  // of the state's thread
  asio::thread_pool serving_thread_{1};
  std::map<ReplicaId, std::uint32_t> answers_waiting_;
  asio::steady_timer timer_;
  std::optional<SequenceNumber> wanted_;
  bool fetching_ = false;
  SteadyTime begun_;
  StateTransfer::Progress progress_;
};

}  // namespace quorate
