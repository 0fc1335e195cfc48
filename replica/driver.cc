#include "replica/driver.h"

#include <spdlog/spdlog.h>

#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "crypto/check.h"
#include "crypto/random.h"
#include "replica/moment_now.h"

namespace quorate {
namespace {

Identity identity_of(const DriverParts& parts) {
  return {parts.self, parts.cluster->genesis.cluster_id(), parts.message_signer, parts.verifier};
}

Recovered recovered(LogImage log, const StateStore& state, const Service& service) {
  return {std::move(log), state.durable(),        service.client_marks(),
          !state.whole(), service.rejoin_marks(), random_u64()};
}

}  // namespace

Result<std::unique_ptr<Driver>> Driver::restore(asio::io_context& main, const DriverParts& parts,
                                                const CoreOptions& options) {
  auto log = parts.log->load();
  if (!log) return tl::unexpected(log.error());
  const auto stable = log->stable;
  std::unique_ptr<Driver> driver(new Driver(main, parts, options, std::move(*log)));
  if (stable) driver->ledger_.stable(*stable);
  return driver;
}

Driver::Driver(asio::io_context& main, const DriverParts& parts, const CoreOptions& options, LogImage log)
    : main_(main),
      parts_(parts),
      service_(parts.cluster->genesis, *parts.state),
      core_(parts.cluster->genesis, parts.self, *parts.signer, options,
            recovered(std::move(log), *parts.state, service_), moment_now()),
      wire_(
          main, identity_of(parts), parts.cluster->addresses, parts.middleman,
          [this](const Peer& from, std::vector<Bytes> payloads) {
            intake_.add(from, std::move(payloads));
            want_turn();
          },
          [this](ReplicaId peer, bool connected) { changed(peer, connected); }),
      answers_(*parts.message_signer, parts.self, core_, service_, wire_),
      log_(main, *parts.log, [this](RecordNumber through) { persisted(through); }),
      state_(
          main, *parts.state, *parts.log,
          [this](SequenceNumber n, const Digest& root) {
            core_.checkpointed(n, root);
            want_turn();
          },
          [this](const StateStore::Frozen& frozen) { committed(frozen); }),
      exchange_(
          main, parts.cluster->genesis, parts.self, *parts.message_signer, *parts.state, state_,
          [this](ReplicaId to, const Message& message) { sends_.to_replica(to, frame_of(message), RecordNumber()); },
          [this](const StateTransfer::Target& state) { installed(state); }),
      ledger_(
          main, parts.cluster->genesis, parts.self, *parts.message_signer, service_, *parts.state, *parts.log, state_,
          [this](ReplicaId to, const Message& message) { sends_.to_replica(to, frame_of(message), RecordNumber()); },
          [this](ClientId to, const Message& message) { wire_.send(to, frame_of(message)); }),
      execution_(parts.cluster->genesis, core_, service_, *parts.state, state_, answers_),
      intake_(
          parts.cluster->genesis, core_, *parts.verifiers,
          [this](ClientId client, const Message& query) { answer_query(client, query); },
          [this](ReplicaId peer, const Message& message) {
            return exchange_.step(peer, message) || ledger_.step(peer, message);
          }),
      sends_(static_cast<std::uint32_t>(parts.cluster->addresses.size()), parts.self,
             [this](ReplicaId to, FramePtr frame) { wire_.send(to, std::move(frame)); }),
      health_(main, [this] { return troubles(); }),
      views_(parts.cluster->genesis.quorums()),
      timer_(main) {}

Driver::~Driver() = default;

Result<void> Driver::start() {
  Address at = parts_.cluster->addresses[parts_.self.value];
  if (!parts_.listen.empty()) at.host = parts_.listen;
  auto listener = Listener::open(
      main_.get_executor(), identity_of(parts_), at, HelloOptions{},
      [this](const ConnectionPtr& connection) { wire_.adopt(connection); },
      [this](const std::string& why) { refused(why); });
  if (!listener) return tl::unexpected(listener.error());
  listener_ = std::move(*listener);
  if (const SequenceNumber state = parts_.state->durable(); state.value != 0) {
    core_.checkpointed(state, parts_.state->root());
  }
  ledger_.committed();
  ledger_.installed();
  wire_.start();
  health_.start();
  const CoreStatus status = core_.status();
  views_.look(status);  // the line below tells it
  const Address& address = parts_.cluster->addresses[parts_.self.value];
  spdlog::info("replica {} of cluster {} serves at {}:{}: view {}, last executed {}, stable checkpoint {}",
               parts_.self.value, to_hex(parts_.cluster->genesis.cluster_id()).substr(0, 16), address.host,
               address.port, status.view.value, service_.last_executed().value, status.low_watermark.value);
  want_turn();
  return {};
}

void Driver::stop() {
  if (std::exchange(stopped_, true)) return;
  listener_->close();
  wire_.stop();
  timer_.cancel();
  health_.stop();
  log_.finish();
  exchange_.stop();
  ledger_.stop();
  state_.stop();
  spdlog::info("replica {} stopped cleanly, last executed {}", parts_.self.value, service_.last_executed().value);
}

// Whoever reaches the port can cause this line.
void Driver::refused(const std::string& why) {
  const auto left_out = refusals_.take(moment_now().steady);
  if (!left_out) return;
  spdlog::warn("{}{}", why, *left_out == 0 ? "" : " (" + std::to_string(*left_out) + " refusals before it left out)");
}

void Driver::want_turn() {
  if (std::exchange(turn_wanted_, true)) return;
  asio::post(main_, [this] {
    turn_wanted_ = false;
    if (!stopped_) turn();
  });
}

void Driver::turn() {
  const Moment now = moment_now();
  core_.tick(now);
  if (intake_.work(now.steady)) want_turn();
  do {
    take_output();
  } while (execution_.work());
  for (const std::string& line : views_.look(core_.status())) spdlog::info("{}", line);
}

void Driver::take_output() {
  Output output = core_.take_output();
  ledger_.noted(output.records);
  log_.add(std::move(output.records));
  queue_sends(output.sends);
  if (const RecordNumber awaited = sends_.awaited(); awaited.value != 0) log_.need(awaited);
  execution_.add(std::move(output.executes));
  if (output.transfer) {
    execution_.forget();
    exchange_.fetch(*output.transfer);
  }
  for (const AnswerStored& answer : output.answers) answers_.stored(answer);
  for (const AnswerBusy& answer : output.busy) answers_.busy(answer);
  for (const ServeRetained& request : output.serves) serve(request);
  arm_timer(output.wake_up);
}

void Driver::queue_sends(const std::vector<Send>& sends) {
  for (const Send& send : sends) {
    const FramePtr frame = frame_of(*send.message);
    if (std::holds_alternative<ToAllReplicas>(send.to)) {
      sends_.to_all_others(frame, send.waits_for);
    } else if (const auto* replica = std::get_if<ReplicaId>(&send.to)) {
      sends_.to_replica(*replica, frame, send.waits_for);
    } else {
      check(send.waits_for.value == 0, "nothing that a client is sent waits for a record");
      wire_.send(std::get<ClientId>(send.to), frame);
    }
  }
}

void Driver::serve(const ServeRetained& request) {
  const bool taken = state_.read_retained(request.first, request.count, [this, to = request.to](auto batches) {
    for (CommittedBatch& batch : batches) sends_.to_replica(to, frame_of(std::move(batch)), RecordNumber());
  });
  if (!taken) spdlog::debug("replica {} asks for retained batches faster than they can be read", request.to.value);
}

void Driver::changed(ReplicaId peer, bool connected) {
  sends_.forget(peer);  // what waited for the old connection belongs to its stream, not to the new one
  if (!connected) state_.peer_lost();
  connected ? core_.connected(peer) : core_.disconnected(peer);
  want_turn();
}

void Driver::persisted(RecordNumber through) {
  core_.persisted(through);
  sends_.release(through);
  ledger_.durable(through);
  want_turn();
}

void Driver::committed(const StateStore::Frozen& frozen) {
  parts_.state->settle(frozen);
  core_.state_durable(frozen.n);
  exchange_.committed(frozen.n);
  ledger_.committed();
  want_turn();
}

void Driver::installed(const StateTransfer::Target& state) {
  service_.reload();
  core_.installed(state.n, state.root, service_.client_marks(), service_.rejoin_marks());
  ledger_.installed();
  ledger_.committed();
  want_turn();
}

void Driver::answer_query(ClientId client, const Message& query) {
  if (const auto* mark = std::get_if<MarkQuery>(&query)) {
    answers_.mark(*mark);
  } else if (const auto* ledger = std::get_if<LedgerQuery>(&query)) {
    ledger_.answer(*ledger);
  } else {
    answers_.health(client, std::get<HealthQuery>(query), health_.text());
  }
}

void Driver::arm_timer(SteadyTime wake_up) {
  // A timer that fires too early costs one turn; setting it anew at every turn would cost a system call each.
  if (armed_for_.value != 0 && armed_for_ <= wake_up) return;
  armed_for_ = wake_up;
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(wake_up.value)));
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled) return;
    armed_for_ = SteadyTime();
    want_turn();
  });
}

std::vector<Trouble> Driver::troubles() const {
  std::vector<Trouble> all;
  const CoreStatus status = core_.status();
  if (status.diverged.value != 0) {
    all.push_back({"wrong state", "its state was wrong at slot " + std::to_string(status.diverged.value) +
                                      " and comes anew from the others: look for a failing disk or memory"});
  }
  if (status.mute) all.push_back(mute_trouble(status));
  if (std::string progress = exchange_.progress(); !progress.empty()) all.push_back({"lost state", progress});
  if (execution_.paused()) {
    all.push_back({"slow disk", "the disk of the state is behind: execution waits for it"});
  }
  for (Trouble& trouble : views_.troubles(status)) all.push_back(std::move(trouble));
  if (status.clock_skew) all.push_back(clock_trouble(*status.clock_skew));
  if (auto low = low_disk(parts_.directories, parts_.free_bytes_min)) all.push_back(std::move(*low));
  return all;
}

}  // namespace quorate
