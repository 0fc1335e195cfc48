// A host's blocks: shown to peers, and fetched below a state that came from them, as replica/ledger_exchange.cc does
// it.
#include <limits>

#include "messages/limits.h"
#include "tests/simulation/host.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t tick_us = 20'000;

}  // namespace

bool Host::exchange_blocks(ReplicaId from, const Message& message) {
  if (const auto* fetch = std::get_if<BlockFetch>(&message)) {
    if (fetch->replica != from) return true;
    BlockRun run{fetch->last, {}};
    const auto& blocks = process_->map.blocks();
    for (auto end = blocks.find(fetch->last); end != blocks.end() && run.blocks.size() < fetch->count;) {
      run.blocks.insert(run.blocks.begin(), end->second);
      end = end == blocks.begin() ? blocks.end() : std::prev(end);
    }
    leave(from.value, std::make_shared<const Message>(std::move(run)));
  } else if (const auto* run = std::get_if<BlockRun>(&message)) {
    const std::vector<Block> taken = process_->blocks.step(*run, from, now().steady);
    if (taken.empty()) return true;
    process_->map.prepend(taken);
    disk_.prepend(taken);
    look_for_blocks();
  } else {
    return false;
  }
  return true;
}

void Host::look_for_blocks() {
  process_->blocks.want(std::nullopt);
  if (!disk_.whole()) return;
  const auto& blocks = process_->map.blocks();
  const Service& service = process_->service;
  BlockFetching::Missing missing{service.last_executed(), service.ledger_head(),
                                 std::numeric_limits<std::uint64_t>::max()};
  if (!blocks.empty()) {
    missing.last = blocks.begin()->first - 1;
    missing.digest = blocks.begin()->second.previous;
  }
  if (missing.last.value == 0) return;
  process_->blocks.want(missing);
  ask_for_blocks();
}

void Host::ask_for_blocks() {
  if (!process_->blocks.wants_some()) return;
  if (const auto question = process_->blocks.tick(now().steady)) {
    leave(question->first.value, std::make_shared<const Message>(question->second));
  }
  if (std::exchange(process_->block_tick_planned, true)) return;
  later(tick_us, [this] {
    process_->block_tick_planned = false;
    ask_for_blocks();
  });
}

}  // namespace quorate::simulation
