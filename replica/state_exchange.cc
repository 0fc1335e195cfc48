#include "replica/state_exchange.h"

#include <spdlog/spdlog.h>

#include <asio/post.hpp>
#include <utility>

#include "replica/failed_write.h"
#include "replica/moment_now.h"
#include "replica/service/state_contents.h"

namespace quorate {
namespace {

constexpr auto tick_interval = std::chrono::milliseconds(100);

}  // namespace

StateExchange::StateExchange(asio::io_context& main, const Genesis& genesis, ReplicaId self,
                             const MessageSigner& signer, StateStore& store, StateThread& thread, OnSend on_send,
                             OnInstalled on_installed)
    : main_(main),
      store_(store),
      thread_(thread),
      on_send_(std::move(on_send)),
      on_installed_(std::move(on_installed)),
      serving_(self, signer, [&store] { return store.view(); }),
      target_(store.transfer_target()),
      transfer_(genesis, self, signer, *target_),
      timer_(main) {
  serving_.committed(store.durable());
  tick_later();
}

StateExchange::~StateExchange() { stop(); }

void StateExchange::stop() {
  timer_.cancel();
  serving_thread_.stop();
  serving_thread_.join();
}

bool StateExchange::step(ReplicaId from, const Message& message) {
  const SteadyTime now = moment_now().steady;
  if (const auto* query = std::get_if<StateQuery>(&message)) {
    if (query->replica == from) offer(serving_.step(*query, now));
  } else if (const auto* fetch = std::get_if<StateFetch>(&message)) {
    if (fetch->replica == from) serve(from, *fetch);
  } else if (const auto* offered = std::get_if<StateOffer>(&message)) {
    if (fetching_) transfer([=, offered = *offered](StateTransfer& t) { t.step(offered, from, now); });
  } else if (const auto* parts = std::get_if<StateParts>(&message)) {
    if (fetching_) transfer([=, parts = *parts](StateTransfer& t) { t.step(parts, from, now); });
  } else {
    return false;
  }
  return true;
}

// --- serving ---

void StateExchange::committed(SequenceNumber n) {
  offer(serving_.committed(n));
  begin_if_possible();
}

void StateExchange::offer(const StateServing::Offers& offers) {
  for (const auto& [peer, offer] : offers) on_send_(peer, offer);
}

void StateExchange::serve(ReplicaId peer, const StateFetch& fetch) {
  const StateViewPtr view = serving_.view_for(peer, fetch.n, moment_now().steady);
  if (!view) return on_send_(peer, StateParts{fetch.n, {}});
  if (answers_waiting_[peer] >= answers_waiting_max) return;
  ++answers_waiting_[peer];
  asio::post(serving_thread_, [this, peer, view, fetch] {
    asio::post(main_, [this, peer, parts = state_contents::answer(*view, fetch)] {
      --answers_waiting_[peer];
      on_send_(peer, parts);
    });
  });
}

// --- fetching ---

void StateExchange::fetch(SequenceNumber at_least) {
  wanted_ = at_least;
  begin_if_possible();
}

void StateExchange::begin_if_possible() {
  if (!wanted_ || thread_.commits_waiting() != 0) return;
  spdlog::warn("the state is fetched from the other replicas, at slot {} or later", wanted_->value);
  fetching_ = true;
  begun_ = moment_now().steady;
  store_.suspend();
  transfer([at_least = *std::exchange(wanted_, std::nullopt), now = moment_now().steady](StateTransfer& t) {
    t.begin(at_least, now);
  });
}

void StateExchange::transfer(std::function<void(StateTransfer&)> work) {
  thread_.run([this, work = std::move(work)] {
    work(transfer_);
    asio::post(main_, [this, output = transfer_.take(), progress = transfer_.progress()]() mutable {
      take(std::move(output), progress);
    });
  });
}

void StateExchange::take(StateTransfer::Output output, const StateTransfer::Progress& progress) {
  if (progress.target != std::exchange(progress_, progress).target && progress.target.value != 0) {
    spdlog::info("f+1 replicas offer the state of slot {}, after {} ms: it is fetched", progress.target.value,
                 (moment_now().steady - begun_) / 1000);
  }
  if (output.failed) end_after_failed_write("state", *output.failed);
  for (const auto& [peer, message] : output.sends) on_send_(peer, message);
  if (!output.done) return;
  fetching_ = false;
  if (auto adopted = store_.adopt(); !adopted) end_after_failed_write("state", adopted.error());
  const std::uint64_t took_us = moment_now().steady - begun_;
  spdlog::info("the state of slot {} is here: {} bytes were fetched in {} ms", output.done->n.value, progress.bytes,
               took_us / 1000);
  on_installed_(*output.done);
  committed(output.done->n);
}

void StateExchange::tick_later() {
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled) return;
    const SteadyTime now = moment_now().steady;
    serving_.tick(now);
    if (fetching_) transfer([now](StateTransfer& t) { t.tick(now); });
    tick_later();
  });
}

std::string StateExchange::progress() const {
  if (!fetching_ && !wanted_) return {};
  if (progress_.target.value == 0) return "its state is lost: it asks the others for theirs";
  return "it fetches the state of slot " + std::to_string(progress_.target.value) +
         " from the others: " + std::to_string(progress_.percent) + " %, " +
         std::to_string(progress_.bytes / 1'000'000) + " MB so far";
}

}  // namespace quorate
