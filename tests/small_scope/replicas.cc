#include "tests/small_scope/replicas.h"

#include <algorithm>

#include "crypto/check.h"
#include "messages/codec.h"

namespace quorate::small_scope {
namespace {

constexpr std::uint64_t tick_us = 50'000;
constexpr int ticks_max = 40;

/// Whether two votes of one signer are for one place and disagree.
bool contradict(const Messages::Entry& a, const Messages::Entry& b) {
  return a.header && b.header && a.header->type == b.header->type && a.header->replica == b.header->replica &&
         a.header->view == b.header->view && a.header->n == b.header->n && a.name != b.name;
}

/// What others act upon, and what this scope is about.
bool counts(const Message& message) {
  return std::holds_alternative<PrePrepare>(message) || std::holds_alternative<Prepare>(message) ||
         std::holds_alternative<Commit>(message) || std::holds_alternative<ViewChangePtr>(message) ||
         std::holds_alternative<NewViewPtr>(message);
}

}  // namespace

MessageId Messages::add(const Message& message, Channel from, ReplicaId primary) {
  const Digest name = digest_of("small-scope-message", encode(message));
  const auto [found, fresh] = known_.try_emplace({name, from}, static_cast<MessageId>(entries_.size()));
  if (!fresh) return found->second;
  auto verified = verifier_.verify(message);
  check(verified.has_value(), "what is said verifies");
  entries_.push_back({std::move(*verified), from, vote_header(message, primary), name});
  return found->second;
}

struct Replicas::Run {
  Run(const Genesis& genesis, ReplicaId self, const Signer& signer, Messages& all)
      : messages(all),
        id(self),
        replicas(static_cast<std::uint32_t>(genesis.replica_keys.size())),
        quorums(genesis.quorums()),
        core(genesis, self, signer, CoreOptions(), Recovered(), now) {
    drain();
  }

  /// False: the core has no use for it.
  bool take(Input input) {
    if (input == timeout) return wait();
    const Messages::Entry& entry = messages[input];
    if (entry.header && !core.wants(*entry.header)) return false;
    core.step(entry.message, entry.from);
    drain();
    return true;
  }

  /// Waits, tick by tick, until it asks for the next view.
  bool wait() {
    const View before = core.status().view;
    for (int i = 0; i < ticks_max && core.status().view == before; ++i) {
      now.steady = now.steady + tick_us;
      now.wall = now.wall + tick_us;
      core.tick(now);
      drain();
    }
    return core.status().view != before;
  }

  /// Whatever must be durable is durable at once, and whatever is decided is executed.
  void drain() {
    for (bool more = true; more;) {
      const Output output = core.take_output();
      more = !output.records.empty() || !output.executes.empty();
      for (const Send& send : output.sends) {
        if (!counts(*send.message)) continue;
        const auto primary = quorums.primary_of(core.status().view);
        const auto* one = std::get_if<ReplicaId>(&send.to);
        const MessageId message = messages.add(*send.message, id, primary);
        for (std::uint32_t to = 0; to < replicas; ++to) {
          if (to != id.value && (one == nullptr || one->value == to)) said.emplace_back(message, to);
        }
      }
      for (const Execute& slot : output.executes) {
        decided.push_back({slot.n, slot.digest});
        core.executed({slot.n, {}});
      }
      if (!output.records.empty()) core.persisted(output.records.back().number);
    }
  }

  Messages& messages;
  const ReplicaId id;
  const std::uint32_t replicas;
  const Quorums quorums;
  Moment now{SteadyTime(1'000'000), noon};
  Core core;
  std::vector<std::pair<MessageId, std::uint32_t>> said;
  std::vector<Decided> decided;
};

std::unique_ptr<Replicas::Run> Replicas::run(ReplicaId replica, const std::vector<Input>& path) const {
  auto run = std::make_unique<Run>(genesis_, replica, *keys_.signers[replica.value], messages_);
  for (const Input input : path) run->take(input);
  return run;
}

StateId Replicas::start(ReplicaId replica) { return intern(replica, ReplicaState()); }

Digest Replicas::name(ReplicaId replica, const ReplicaState& state) const {
  Hasher hasher("small-scope-state");
  hasher.u32(replica.value).u64(state.view.value).u8(state.active ? 1 : 0);
  for (const Input input : state.heard) hasher.u32(input);
  hasher.u8(1);
  for (std::size_t i = 0; i < state.path.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (state.path[i] == timeout || state.path[j] == timeout) continue;
      if (contradict(messages_[state.path[i]], messages_[state.path[j]])) hasher.u32(state.path[j]).u32(state.path[i]);
    }
  }
  hasher.u8(2);
  for (const auto& [message, to] : state.said) hasher.u32(message).u32(to);
  for (const Decided& decided : state.decided) hasher.u64(decided.n.value).digest(decided.digest);
  return hasher.finish();
}

ReplicaState Replicas::state_of(const Run& run, std::vector<Input> path) {
  ReplicaState state;
  state.path = std::move(path);
  state.heard = state.path;
  std::sort(state.heard.begin(), state.heard.end());
  state.said = run.said;
  std::sort(state.said.begin(), state.said.end());
  state.said.erase(std::unique(state.said.begin(), state.said.end()), state.said.end());
  state.decided = run.decided;
  state.view = run.core.status().view;
  state.active = run.core.status().active;
  return state;
}

StateId Replicas::intern(ReplicaId replica, ReplicaState state) {
  const auto [found, fresh] = known_.try_emplace(name(replica, state), static_cast<StateId>(states_.size()));
  if (fresh) {
    states_.push_back(std::move(state));
  } else if (++merged_ % 16 == 0) {
    check_alike(replica, state, found->second);
  }
  return found->second;
}

void Replicas::check_alike(ReplicaId replica, const ReplicaState& state, StateId known) const {
  for (const auto& [input, next] : states_[known].next) {
    const auto there = run(replica, state.path);
    const bool changed = there->take(input);
    check(changed == next.has_value(), "two orders that are taken for one state hear the same");
    if (!changed) continue;
    std::vector<Input> path = state.path;
    path.push_back(input);
    const ReplicaState after = state_of(*there, std::move(path));
    check(after.said == states_[*next].said && after.decided == states_[*next].decided &&
              after.view == states_[*next].view && after.active == states_[*next].active,
          "two orders that are taken for one state go on alike");
  }
}

std::optional<StateId> Replicas::after(ReplicaId replica, StateId state, Input input) {
  const auto known = states_[state].next.find(input);
  if (known != states_[state].next.end()) return known->second;
  std::optional<StateId> next;
  const auto here = run(replica, states_[state].path);
  if (here->take(input)) {
    std::vector<Input> path = states_[state].path;
    path.push_back(input);
    next = intern(replica, state_of(*here, std::move(path)));
  }
  states_[state].next.emplace(input, next);
  return next;
}

}  // namespace quorate::small_scope
