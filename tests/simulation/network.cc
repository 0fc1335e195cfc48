#include "tests/simulation/network.h"

#include <algorithm>

#include "messages/codec.h"

namespace quorate::simulation {
namespace {

/// As replica/peers.cc has it: a connection that ended is dialled again after this, and up to as much more.
constexpr std::uint64_t redial_us = 25'000;

std::pair<Node, Node> link_of(Node one, Node other) { return {std::min(one, other), std::max(one, other)}; }

}  // namespace

void Network::send(Node from, Node to, const MessagePtr& message) {
  ++world_.totals.messages;
  if (filter_ && !filter_(from, to, *message)) return;
  if (changes(from, to) % 2 != 0) return;
  const Plan& plan = world_.plan;
  if (!calm_) {
    cut_at_view_change(*message);
    const bool unreachable = clogged(from) || clogged(to) || is_cut(from, to);
    const bool lost = unreachable || world_.network.permille(plan.loss_permille);
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
  world_.events.after(delay, [this, from, to, message, changes_then = changes(from, to)] {
    if (changes(from, to) != changes_then) return;
    if (!world_.plan.codec) return deliver_(to, from, *message);
    const auto decoded = decode(encode(*message));
    if (!decoded) throw Broken("a message does not decode: " + std::string(to_string(decoded.error())));
    deliver_(to, from, *decoded);
  });
}

std::uint64_t Network::changes(Node from, Node to) const {
  if (changes_.empty()) return 0;
  const auto found = changes_.find(link_of(from, to));
  return found == changes_.end() ? 0 : found->second;
}

void Network::hang_up(Node one, Node other) {
  if (changes(one, other) % 2 != 0) return;
  ++changes_[link_of(one, other)];
  on_change_(one, other, false);
  const std::uint64_t until_redialled = redial_us + world_.network.below(redial_us);
  world_.trace.note(until_redialled);
  world_.events.after(until_redialled, [this, one, other] {
    ++changes_[link_of(one, other)];
    on_change_(one, other, true);
  });
}

void Network::clog(Node node, std::uint64_t for_us) { clogged_until_[node] = world_.events.now_us() + for_us; }

bool Network::clogged(Node node) const {
  const auto found = clogged_until_.find(node);
  return found != clogged_until_.end() && world_.events.now_us() < found->second;
}

void Network::cut(Node from, Node to, std::uint64_t for_us) {
  std::uint64_t& until = cut_until_[{from, to}];
  until = std::max(until, world_.events.now_us() + for_us);
}

bool Network::is_cut(Node from, Node to) const {
  const auto found = cut_until_.find({from, to});
  return found != cut_until_.end() && world_.events.now_us() < found->second;
}

void Network::isolate(Node node, bool hears, bool is_heard, std::uint64_t for_us) {
  for (Node other = 0; other < world_.plan.replicas; ++other) {
    if (other == node) continue;
    if (!is_heard) cut(node, other, for_us);
    if (!hears) cut(other, node, for_us);
  }
}

void Network::partition(std::uint64_t for_us) {
  const std::uint32_t replicas = world_.plan.replicas;
  const auto first = static_cast<Node>(world_.network.below(replicas));
  const std::uint64_t kind = world_.network.below(3);
  if (kind == 0) return isolate(first, false, false, for_us);
  for (Node from = 0; from < replicas; ++from) {
    for (Node to = 0; to < replicas; ++to) {
      const Node distance = (to + replicas - from) % replicas;
      const bool halves = ((from + first) % replicas < replicas / 2) != ((to + first) % replicas < replicas / 2);
      const bool ring = distance > replicas / 3 && distance < replicas - replicas / 3;
      if (kind == 1 ? halves : ring) cut(from, to, for_us);
    }
  }
}

void Network::draw_cut() {
  const Plan& plan = world_.plan;
  Random& random = world_.network;
  if (plan.one_way_cuts && random.one_in(1'500)) {
    const auto from = static_cast<Node>(random.below(plan.replicas));
    const auto to = static_cast<Node>(random.below(plan.replicas));
    const std::uint64_t for_us = random.between(1'000, 4 * plan.view_timeout_us);
    const bool is_heard = random.one_in(2);
    if (random.one_in(2)) {
      cut(from, to, for_us);
    } else {
      isolate(from, !is_heard, is_heard, for_us);
    }
  }
  if (plan.partitions && random.one_in(6'000)) partition(random.between(1'000, 4 * plan.view_timeout_us));
}

void Network::cut_at_view_change(const Message& message) {
  if (!world_.plan.cuts_at_view_change) return;
  if (!std::holds_alternative<ViewChangePtr>(message) && !std::holds_alternative<NewViewPtr>(message)) return;
  Random& random = world_.network;
  if (!random.one_in(4)) return;
  const auto node = static_cast<Node>(random.below(world_.plan.replicas));
  const std::uint64_t way = random.below(3);
  isolate(node, way == 1, way == 2, random.between(1'000, 3 * world_.plan.view_timeout_us));
}

void Network::heal() { calm_ = true; }

}  // namespace quorate::simulation
