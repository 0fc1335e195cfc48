// The driver: sockets, disks and the clock around one core and one service. Wiring only.
//
// One thread runs everything but the disks. Whatever arrives asks for a turn, and one turn serves all that arrived by
// then:
//   1 the clock and all waiting frames go into the core (intake.h),
//   2 the core's output is taken once: records to the log's thread (log_thread.h), sends queued behind their records
//     (send_queue.h), committed slots executed and answered (execution.h),
//   3 until the core has nothing more to say.
// So the batching of disk writes, signatures and socket calls follows from the load. Slow work has threads of its own:
// the log's, and the state's (state_thread.h); their results come back as turns.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

#include "messages/cluster_file.h"
#include "messages/transport_hello.h"
#include "replica/execution.h"
#include "replica/health.h"
#include "replica/intake.h"
#include "replica/ledger_exchange.h"
#include "replica/log_limit.h"
#include "replica/log_thread.h"
#include "replica/send_queue.h"
#include "replica/state_exchange.h"
#include "replica/view_news.h"
#include "replica/wire.h"

namespace quorate {

/// What a driver works with; all of it must outlive the driver.
struct DriverParts {
  const ClusterFile* cluster = nullptr;
  ReplicaId self;
  const Signer* signer = nullptr;
  const MessageSigner* message_signer = nullptr;
  const Verifier* verifier = nullptr;  // of hellos
  VerifyPool* verifiers = nullptr;     // of messages
  LogStore* log = nullptr;
  StateStore* state = nullptr;
  std::string listen;  // address to listen at; empty: the host that the cluster file names for us
  std::vector<std::filesystem::path> directories;  // of the stores: their disks are watched,
  std::uint64_t free_bytes_min = 0;                // and less room than this is told
  Middleman* middleman = nullptr;                  // null: nobody
};

class Driver {
 public:
  /// Restores the service from the state and the core from the log. `main` must outlive the driver.
  static Result<std::unique_ptr<Driver>> restore(asio::io_context& main, const DriverParts& parts,
                                                 const CoreOptions& options);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Listens and dials. Errors: cannot listen.
  Result<void> start();
  /// Stops connections, makes what was handed to the log durable, and lets `main` run out of work.
  void stop();

 private:
  Driver(asio::io_context& main, const DriverParts& parts, const CoreOptions& options, LogImage log);

  void refused(const std::string& why);
  void want_turn();
  void turn();
  void take_output();
  void queue_sends(const std::vector<Send>& sends);
  void serve(const ServeRetained& request);
  void changed(ReplicaId peer, bool connected);
  void persisted(RecordNumber through);
  void committed(const StateStore::Frozen& frozen);
  void installed(const StateTransfer::Target& state);
  void answer_query(ClientId client, const Message& query);
  void arm_timer(SteadyTime wake_up);
  std::vector<Trouble> troubles() const;

  asio::io_context& main_;
  const DriverParts parts_;
  Service service_;
  Core core_;
  Wire wire_;
  Answers answers_;
  LogThread log_;
  StateThread state_;
  StateExchange exchange_;
  LedgerExchange ledger_;
  Execution execution_;
  Intake intake_;
  SendQueue sends_;
  Health health_;
  ViewNews views_;
  std::unique_ptr<Listener> listener_;
  asio::steady_timer timer_;
  SteadyTime armed_for_;  // 0: not armed
  LogLimit refusals_;
  bool turn_wanted_ = false;
  bool stopped_ = false;
};

}  // namespace quorate
