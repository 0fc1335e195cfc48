#include "tests/simulation/network.h"

#include <algorithm>

#include "messages/codec.h"

namespace quorate::simulation {

void Network::send(Node from, Node to, const MessagePtr& message) {
  ++world_.totals.messages;
  if (filter_ && !filter_(from, to, *message)) return;
  const Plan& plan = world_.plan;
  if (!calm_) {
    const bool lost = clogged(from) || clogged(to) || world_.network.permille(plan.loss_permille);
    world_.trace.note(lost ? 1 : 2);
    if (lost) return;
    if (world_.network.permille(plan.duplicate_permille)) carry(from, to, message);
  }
  carry(from, to, message);
}

void Network::carry(Node from, Node to, const MessagePtr& message) {
  std::uint64_t delay = world_.network.spread(world_.plan.delay_us);
  if (hold_up_ && !calm_) delay += hold_up_(from, to, *message);
  if (calm_ || !world_.plan.reordering) {
    std::uint64_t& last = last_arrival_[{from, to}];
    last = std::max(last, world_.events.now_us() + delay);
    delay = last - world_.events.now_us();
  }
  world_.trace.note(delay);
  world_.events.after(delay, [this, from, to, message] {
    if (!world_.plan.codec) return deliver_(to, from, *message);
    const auto decoded = decode(encode(*message));
    if (!decoded) throw Broken("a message does not decode: " + std::string(to_string(decoded.error())));
    deliver_(to, from, *decoded);
  });
}

void Network::clog(Node node, std::uint64_t for_us) { clogged_until_[node] = world_.events.now_us() + for_us; }

bool Network::clogged(Node node) const {
  const auto found = clogged_until_.find(node);
  return found != clogged_until_.end() && world_.events.now_us() < found->second;
}

void Network::heal() { calm_ = true; }

}  // namespace quorate::simulation
