#include "tests/simulation/cluster.h"

#include <algorithm>

#include "tests/linearizability/checker.h"
#include "tests/simulation/recovery_marks.h"

namespace quorate::simulation {
namespace {

/// Virtual time after healing within which everything must be answered and equal.
constexpr std::uint64_t liveness_bound_us = 120'000'000;
/// Of the search for an order of the calls (I05).
constexpr std::uint64_t tries_max = 50'000;
/// From a cut of the power to the next life.
constexpr std::uint64_t restart_us = 20'000;

}  // namespace

Cluster::Cluster(const Plan& plan, std::ostream* read_along)
    : world_(plan, read_along),
      network_(world_, [this](Node to, Node from, const Message& message) { deliver(to, from, message); }),
      bad_client_(world_, network_) {
  for (std::uint32_t i = 0; i < plan.replicas; ++i) {
    hosts_.push_back(std::make_unique<Host>(world_, network_, ReplicaId(i)));
  }
  post_traitors();
  WholeCluster all{&world_.genesis, &world_.scheme, {}};
  for (const auto& host : hosts_) all.disks.push_back(host->loyal() ? &host->disk() : nullptr);
  world_.observers = all_invariants(all);
  world_.observers.push_back(std::make_unique<RecoveryMarks>(all, world_.totals.marks));
  auto additions = std::make_unique<Additions>(world_.history);
  additions_ = additions.get();
  world_.observers.push_back(std::move(additions));
  for (std::uint32_t i = 0; i < plan.clients; ++i) {
    const std::uint64_t share = plan.operations / plan.clients + (i < plan.operations % plan.clients ? 1 : 0);
    clients_.push_back(std::make_unique<LoyalClient>(world_, network_, *additions_, ClientId(i), share));
  }
}

void Cluster::post_traitors() {
  const Genesis& genesis = world_.genesis;
  for (const traitors::Posting& posting : world_.plan.postings) {
    Host& host = *hosts_[posting.replica.value];
    if (host.loyal()) {
      const MessageSigner keys(genesis.cluster_id(), world_.signer(host.id()));
      auto band = std::make_unique<traitors::Band>(genesis, host.id(), keys, scratch_, world_.load.next());
      band->self().client.emplace(world_.bad_client(),
                                  MessageSigner(genesis.cluster_id(), world_.signer(world_.bad_client())));
      band->self().signer = &world_.signer(host.id());
      band->self().scheme = &world_.scheme;
      band->self().patience_us = world_.plan.view_timeout_us;
      host.turn_traitor(std::move(band));
    }
    host.band().join(posting);
  }
  for (const auto& host : hosts_) {
    if (host->loyal()) loyal_.push_back(host.get());
  }
  if (loyal_.size() == hosts_.size()) return;
  network_.on_change([this](Node one, Node other, bool connected) {
    if (!hosts_[one]->up() || !hosts_[other]->up()) return;
    for (const auto& [here, there] : {std::pair(one, other), std::pair(other, one)}) {
      connected ? hosts_[here]->connected(ReplicaId(there)) : hosts_[here]->disconnected(ReplicaId(there));
    }
  });
  network_.schedule([this](Node from, Node to, const Message& message) {
    std::uint64_t hold_us = 0;
    if (from >= hosts_.size() || to >= hosts_.size()) return hold_us;
    for (const auto& host : hosts_) {
      if (host->loyal()) continue;
      const auto wanted = host->band().hold_up_us(ReplicaId(from), ReplicaId(to), message, world_.events.now_us());
      hold_us = std::max(hold_us, wanted);
    }
    return hold_us;
  });
}

void Cluster::deliver(Node to, Node from, const Message& message) {
  if (to < hosts_.size()) return hosts_[to]->receive(from, message);
  const std::uint32_t client = to - static_cast<std::uint32_t>(hosts_.size());
  if (client < clients_.size()) clients_[client]->receive(from, message);
}

void Cluster::start() {
  for (const auto& client : clients_) client->start();
  for (const auto& host : hosts_) {
    with_power_cuts([&] { restart(host->id()); });
  }
  if (world_.plan.bad_client) bad_client_.start();
}

void Cluster::restart(ReplicaId replica) {
  hosts_[replica.value]->start();
  for (const auto& peer : hosts_) {
    if (!peer->up() || peer->id() == replica) continue;
    world_.events.after(world_.network.spread(1'000), [this, replica, other = peer->id()] {
      hosts_[replica.value]->connected(other);
      hosts_[other.value]->connected(replica);
    });
  }
  for (const auto& client : clients_) client->connected(replica);
}

void Cluster::crash(ReplicaId replica) {
  world_.observe(&Observer::crashed, replica);
  hosts_[replica.value]->crash();
  for (const auto& peer : hosts_) {
    if (!peer->up()) continue;
    // A life that begins after this never had the connection.
    world_.events.after(world_.network.spread(1'000), [this, replica, other = peer.get(), life = peer->life()] {
      if (!hosts_[replica.value]->up() && other->life() == life) other->disconnected(replica);
    });
  }
  for (const auto& client : clients_) client->disconnected(replica);
}

void Cluster::injure() {
  const Plan& plan = world_.plan;
  Random& random = world_.crashes;
  if (plan.clogs && random.one_in(3'000)) {
    const auto node = static_cast<Node>(random.below(hosts_.size()));
    network_.clog(node, random.between(1'000, 500'000));
  }
  network_.draw_cut();
  if (plan.client_restarts && random.one_in(5'000)) clients_[random.below(clients_.size())]->restart();
  if (plan.disk_rollbacks != 0 && world_.losses.one_in(500)) {
    hosts_[world_.losses.below(hosts_.size())]->take_snapshot();
  }
  if (plan.crash_every == 0 || !random.one_in(plan.crash_every)) return;
  const bool all = plan.crash_all && random.one_in(4);
  std::uint64_t chosen = random.below(hosts_.size());
  std::uint64_t longest_us = 300'000;
  if (plan.primary_crashes && random.one_in(2)) {
    chosen = primary().value;
    longest_us = 3 * plan.view_timeout_us;
  }
  for (const auto& host : hosts_) {
    if (!host->up() || (!all && host->id().value != chosen)) continue;
    crash(host->id());
    if (damage_disk(*host)) {
      // that is enough
    } else if (states_lost_ < plan.state_losses && random.one_in(2)) {
      ++states_lost_;
      host->lose_state();
    }
    world_.events.after(random.between(1'000, longest_us), [this, id = host->id()] {
      if (!hosts_[id.value]->up()) restart(id);
    });
  }
}

void Cluster::with_power_cuts(const std::function<void()>& action) {
  try {
    action();
  } catch (const ProcessEnds& end) {
    for (const auto& host : hosts_) {
      if (!host->up() || (!end.all && host->id() != end.replica)) continue;
      if (host->id() == end.replica) {
        host->crash_at_once();
        for (const auto& client : clients_) client->disconnected(host->id());
      } else {
        crash(host->id());
      }
      world_.events.after(restart_us, [this, id = host->id()] {
        if (!hosts_[id.value]->up()) restart(id);
      });
    }
  }
}

bool Cluster::may_damage() const {
  const auto damaged = std::count_if(loyal_.begin(), loyal_.end(), [](const Host* host) { return host->damaged(); });
  const std::uint64_t bad = world_.plan.liars() + world_.plan.state_losses + static_cast<std::uint64_t>(damaged);
  return bad < world_.genesis.quorums().faulty_max();
}

bool Cluster::damage_disk(Host& host) {
  const Plan& plan = world_.plan;
  if (!host.loyal() || host.damaged() || !may_damage() || !world_.losses.one_in(2)) return false;
  if (disks_lost_ < plan.disk_losses && world_.losses.one_in(2)) {
    ++disks_lost_;
    host.lose_disk();
    return true;
  }
  if (disks_rolled_back_ == plan.disk_rollbacks || !host.has_snapshot()) return false;
  ++disks_rolled_back_;
  host.roll_disk_back();
  return true;
}

bool Cluster::nobody_is_mute() const {
  return std::none_of(loyal_.begin(), loyal_.end(), [](const Host* host) { return host->up() && host->status().mute; });
}

ReplicaId Cluster::primary() const {
  View newest;
  for (const auto& host : hosts_) {
    if (host->up()) newest = std::max(newest, host->status().view);
  }
  return world_.genesis.quorums().primary_of(newest);
}

/// The plan's share of loyal replicas goes down for a while, the primary first.
void Cluster::keep_down() {
  for (std::uint64_t i = 0; i < world_.plan.down_after; ++i) {
    const ReplicaId next = primary();
    if (hosts_[next.value]->up() && hosts_[next.value]->loyal()) {
      crash(next);
      continue;
    }
    const auto up = std::find_if(loyal_.begin(), loyal_.end(), [](const Host* host) { return host->up(); });
    crash((*up)->id());
  }
}

void Cluster::heal() {
  network_.heal();
  bad_client_.stop();
  for (const auto& host : hosts_) {
    host->end_faults();
    if (!host->up()) with_power_cuts([&] { restart(host->id()); });
  }
  world_.trace.line(world_.events.now_us(), "all faults end");
}

bool Cluster::all_agree() const {
  std::size_t up = 0;
  const Host* first = nullptr;
  for (const Host* host : loyal_) {
    if (!host->up()) continue;
    ++up;
    if (first == nullptr) first = host;
    const CoreStatus status = host->status();
    if (status.last_executed < additions_->newest()) return false;  // after a crash of all, it has to come there again
    const CoreStatus theirs = first->status();
    if (status.last_executed != theirs.last_executed || status.low_watermark != theirs.low_watermark) return false;
    if (host->service().ledger_head() != first->service().ledger_head()) return false;
  }
  return up + world_.plan.down_after >= loyal_.size();
}

/// No loyal replica lacks a block that another one could show it.
bool Cluster::have_their_blocks() const {
  for (const Host* host : loyal_) {
    if (!host->up() || host->service().last_executed().value == 0) continue;
    const auto& blocks = host->blocks();
    const SequenceNumber missing = blocks.empty() ? host->service().last_executed() : blocks.begin()->first - 1;
    const auto shows_it = [missing](const Host* other) { return other->up() && other->blocks().contains(missing); };
    if (std::any_of(loyal_.begin(), loyal_.end(), shows_it)) return false;
  }
  return true;
}

bool Cluster::finished() const {
  return std::all_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->done(); }) &&
         nobody_is_mute() && all_agree() && have_their_blocks();
}

std::string Cluster::standing() const {
  std::string text;
  for (const auto& host : hosts_) {
    text += (host->loyal() ? "\n  replica " : "\n  traitor ") + std::to_string(host->id().value);
    if (!host->up()) {
      text += ": down";
      continue;
    }
    const CoreStatus status = host->status();
    text += ": executed " + std::to_string(status.last_executed.value) + ", h " +
            std::to_string(status.low_watermark.value) + ", view " + std::to_string(status.view.value) +
            (status.active ? "" : " (not active)") + ", admitted bytes " + std::to_string(status.admitted_bytes);
    if (status.mute) text += ", mute, floor " + std::to_string(status.mute->floor.value);
    for (std::size_t i = 0; i < reject_count; ++i) {
      if (status.rejects[i] == 0) continue;
      text += ", " + std::string(to_string(static_cast<Reject>(i))) + " " + std::to_string(status.rejects[i]);
    }
  }
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    text += "\n  client " + std::to_string(i) + ": " + clients_[i]->standing();
  }
  return text;
}

void Cluster::run_until(const std::function<bool()>& reached, std::uint64_t within_us, const char* what) {
  const std::uint64_t deadline = world_.events.now_us() + within_us;
  while (!reached()) {
    if (world_.events.now_us() > deadline || world_.events.empty()) {
      throw Broken("I16 it did not happen within " + std::to_string(within_us) + " us: " + what + standing());
    }
    with_power_cuts([this] { world_.events.run_next(); });
  }
}

void Cluster::run() {
  start();
  while (world_.events.now_us() < world_.plan.chaos_us) {
    with_power_cuts([this] { world_.events.run_next(); });
    injure();
  }
  heal();
  std::uint64_t looked = 0;
  const auto quiet = [&] { return ++looked % 64 == 0 && finished(); };
  const auto all_up = [&] {
    return std::all_of(loyal_.begin(), loyal_.end(), [](const Host* host) { return host->up(); });
  };
  const auto all_whole = [&] {
    return std::none_of(loyal_.begin(), loyal_.end(), [](const Host* host) { return host->misses_state(); });
  };
  const auto all_vote = [&] { return ++looked % 64 == 0 && all_up() && nobody_is_mute() && all_whole(); };
  run_until(all_vote, liveness_bound_us, "everybody votes again, and no lost state is missing");
  // Who may have forgotten votes without knowing it counts towards f, as those who are down do.
  const bool all_good = std::none_of(loyal_.begin(), loyal_.end(), [](const Host* host) { return host->damaged(); });
  if (world_.plan.down_after != 0 && all_good) {
    keep_down();
    run_until(quiet, liveness_bound_us, "every request answered, all replicas that are up equal");
    heal();
  }
  run_until([&] { return quiet() && all_up(); }, liveness_bound_us, "every request answered, all replicas equal");
  while (loyal_.front()->status().low_watermark.value == 0) {
    clients_.front()->one_more();
    run_until([&] { return finished(); }, liveness_bound_us, "one more request answered");
  }
  check_end();
}

/// I13: a loyal replica's blocks have no gap, and each names the digest of the one before, up to the head.
void Cluster::check_ledgers() const {
  for (const Host* host : loyal_) {
    if (host->blocks().empty()) continue;
    Digest link = host->blocks().begin()->second.previous;
    SequenceNumber next = host->blocks().begin()->first;
    if (next.value == 1 && link != world_.genesis.cluster_id()) throw Broken("I13 block 1 does not name the cluster");
    for (const auto& [n, block] : host->blocks()) {
      if (n != next || block.n != n || block.previous != link) {
        throw Broken("I13 equal ledgers: a replica's blocks are not linked at " + std::to_string(n.value));
      }
      link = block.digest();
      ++next;
    }
    if (next != host->service().last_executed() + 1 || link != host->service().ledger_head()) {
      throw Broken("I13 equal ledgers: a replica's blocks do not lead to its head");
    }
  }
}

void Cluster::check_end() {
  world_.observe(&Observer::ended);
  check_ledgers();
  const auto key = "k" + std::string(Additions::key);
  for (const Host* host : loyal_) {
    SequenceNumber n = host->status().last_executed;
    if (host->service().last_executed() != n) throw Broken("I13 the core and the service stand at different slots");
    for (auto ours = loyal_.front()->map().lower_bound({}), theirs = host->map().lower_bound({}); ours || theirs;) {
      if (ours != theirs) throw Broken("I13 equal state: the maps of two replicas differ at the end");
      Bytes above = ours->first;
      above.push_back(0);
      ours = loyal_.front()->map().lower_bound(above);
      theirs = host->map().lower_bound(above);
    }
  }
  const auto counter = loyal_.front()->map().lower_bound(as_bytes(key));
  const bool present = counter && as_text(counter->first) == key;
  const std::string value = present ? std::string(as_text(counter->second)) : std::string();
  const std::string sum = std::to_string(additions_->sum());
  const bool equal = present ? value.size() >= sum.size() && value.ends_with(sum) : additions_->sum() == 0;
  if (!equal) throw Broken("I04 the counter is the sum of the additions that were executed: " + value + ", not " + sum);
  const auto judgement = linearizability::judge(world_.history, tries_max);
  if (judgement.verdict == linearizability::Verdict::not_linearizable) {
    throw Broken("I05 what clients saw is linearizable: this answer fits nowhere: " + judgement.explanation);
  }
  world_.totals.judged += judgement.calls;
  if (judgement.verdict == linearizability::Verdict::undecided) ++world_.totals.undecided;
  for (const Host* host : loyal_) host->note_refusals();
  Totals& totals = world_.totals;
  totals.events = world_.events.happened();
  totals.virtual_us = world_.events.now_us();
  totals.batches = loyal_.front()->status().last_executed.value;
  for (const Host* host : loyal_) totals.views = std::max(totals.views, host->status().view.value);
  totals.checkpoints = loyal_.front()->status().low_watermark.value / world_.plan.checkpoint_interval;
  totals.traitors = hosts_.size() - loyal_.size();
  for (const auto& host : hosts_) {
    if (host->loyal()) continue;
    for (const auto& member : host->band().members()) totals.acts[member.posting.kind->number] += member.acts;
  }
}

}  // namespace quorate::simulation
