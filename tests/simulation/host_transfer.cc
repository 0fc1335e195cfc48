// The part of a host that serves states to its peers and fetches one from them, as replica/state_exchange.cc does.
#include <algorithm>

#include "replica/service/state_contents.h"
#include "tests/simulation/host.h"

namespace quorate::simulation {

bool Host::exchange_state(ReplicaId from, const Message& message) {
  const SteadyTime steady = now().steady;
  Process& process = *process_;
  if (const auto* query = std::get_if<StateQuery>(&message)) {
    if (query->replica == from) offer(process.serving.step(*query, steady));
  } else if (const auto* fetch = std::get_if<StateFetch>(&message)) {
    if (fetch->replica != from) return true;
    const StateViewPtr view = process.serving.view_for(from, fetch->n, steady);
    StateParts parts = view ? state_contents::answer(*view, *fetch) : StateParts{fetch->n, {}};
    leave(from.value, std::make_shared<const Message>(std::move(parts)));
  } else if (const auto* offered = std::get_if<StateOffer>(&message)) {
    process.transfer.step(*offered, from, steady);
    take_transfer_output();
  } else if (const auto* parts = std::get_if<StateParts>(&message)) {
    process.transfer.step(*parts, from, steady);
    take_transfer_output();
  } else {
    return false;
  }
  return true;
}

void Host::offer(const StateServing::Offers& offers) {
  for (const auto& [peer, offer] : offers) leave(peer.value, std::make_shared<const Message>(offer));
}

void Host::begin_transfer() {
  if (!process_->transfer_wanted || disk_.has_commit()) return;
  process_->transfer.begin(*std::exchange(process_->transfer_wanted, std::nullopt), now().steady);
  world_.trace.line(world_.events.now_us(), "replica ", self_.value, " fetches a state");
  take_transfer_output();
}

void Host::take_transfer_output() {
  StateTransfer& transfer = process_->transfer;
  StateTransfer::Output output = transfer.take();
  for (auto& [to, message] : output.sends) leave(to.value, std::make_shared<const Message>(std::move(message)));
  if (output.done) {
    ++world_.totals.transfers;
    world_.trace.line(world_.events.now_us(), "replica ", self_.value, " has the state of ", output.done->n.value);
    process_->map.replace(disk_.state());
    process_->service.reload();
    observe(&Observer::installed, self_, output.done->n);
    process_->core.installed(output.done->n, output.done->root, process_->service.client_marks(),
                             process_->service.rejoin_marks());
    offer(process_->serving.committed(output.done->n));
    look_for_blocks();
    take_output();
  }
  const auto next = transfer.next();
  if (!next || std::exchange(process_->transfer_tick_planned, true)) return;
  const std::uint64_t wait_us = std::max(next->value, world_.events.now_us() + 1) - world_.events.now_us();
  later(wait_us, [this] {
    process_->transfer_tick_planned = false;
    process_->transfer.tick(now().steady);
    process_->serving.tick(now().steady);
    take_transfer_output();
  });
}

}  // namespace quorate::simulation
