#include "tests/simulation/host.h"

#include <algorithm>

#include "replica/service/state_tree.h"

namespace quorate::simulation {
namespace {

/// The wall clock when virtual time is 0: far enough from 0 for any skew.
constexpr std::uint64_t wall_at_start_us = 1'000'000'000;
constexpr std::uint64_t turn_us = 20;
constexpr std::uint64_t stall_us = 300'000;

testing::MemoryState state_on(const Disk& disk) {
  if (disk.whole()) return disk.state();
  testing::MemoryState empty;
  state_tree::rebuild(empty.entries, empty.nodes);
  return empty;
}

Recovered recovered(const Disk& disk, const Service& service, std::uint64_t fresh_nonce) {
  return {disk.log(),
          disk.whole() ? disk.state().n : SequenceNumber(),
          service.client_marks(),
          !disk.whole(),
          service.rejoin_marks(),
          fresh_nonce};
}

SequenceNumber stable_in(const LogImage& log) { return log.stable ? log.stable->n : SequenceNumber(); }

View view_in(const LogImage& log) {
  return std::max(log.view_change ? log.view_change->view : View(), log.new_view ? log.new_view->view : View());
}

CoreOptions options_of(const Plan& plan) {
  CoreOptions options;
  options.pipeline_depth = plan.pipeline_depth;
  options.status_interval_us = plan.status_interval_us;
  options.client_bytes_max = plan.client_bytes_max;
  options.view_timeout_us = plan.view_timeout_us;
  options.view_timeout_max_us = 8 * plan.view_timeout_us;
  return options;
}

}  // namespace

Host::Process::Process(World& world, ReplicaId self, Disk& disk, const MessageSigner& signer, Moment now)
    : map(state_on(disk)),
      service(world.genesis, map),
      core(world.genesis, self, world.signer(self), options_of(world.plan),
           recovered(disk, service, world.losses.next()), now),
      verifier(world.genesis, world.scheme, 256),
      serving(self, signer,
              [&disk]() -> StateViewPtr {
                if (!disk.whole()) return nullptr;
                return std::make_shared<testing::MemoryView>(std::make_shared<testing::MemoryState>(disk.state()));
              }),
      transfer(world.genesis, self, signer, disk.transfer_target()),
      blocks(world.genesis, self, signer),
      sends(world.plan.replicas) {}

Host::Host(World& world, Network& network, ReplicaId self)
    : world_(world),
      network_(network),
      self_(self),
      signer_(world.genesis.cluster_id(), world.signer(self)),
      skew_us_(static_cast<std::int64_t>(world.load.below(2 * world.plan.clock_skew_us + 1)) -
               static_cast<std::int64_t>(world.plan.clock_skew_us)) {
  if (world.plan.retained_batches != 0) disk_.retain(world.plan.retained_batches);
  disk_.watch([this](DiskWrite write, bool arrived) { world_.power_cuts.reached(self_, write, arrived); });
}

Moment Host::now() const {
  const std::uint64_t now_us = world_.events.now_us();
  return {SteadyTime(now_us), WallTime(wall_at_start_us + now_us + static_cast<std::uint64_t>(skew_us_))};
}

void Host::later(std::uint64_t delay_us, std::function<void()> action) {
  world_.events.after(delay_us, [this, life = life_, action = std::move(action)] {
    if (life != life_ || !process_) return;
    action();
    look_at_damage();
    observe(&Observer::looked_at, self_, process_->core.status());
  });
}

// --- life and death ---

void Host::start() {
  ++life_;
  disk_.open();
  const SequenceNumber state = disk_.whole() ? disk_.state().n : SequenceNumber();
  observe(&Observer::restarted, self_, state);
  process_ = std::make_unique<Process>(world_, self_, disk_, signer_, now());
  process_->serving.committed(state);
  if (state.value != 0) process_->core.checkpointed(state, disk_.state().root());
  world_.trace.line(world_.events.now_us(), "replica ", self_.value, " starts at state ", state.value);
  look_for_blocks();
  take_output();
  if (band_) plan_idle();
}

void Host::crash() {
  end_process();
  disk_.crash(world_.disks);
}

void Host::crash_at_once() {
  end_process();
  disk_.crash();
}

void Host::end_process() {
  note_refusals();
  process_.reset();
  ++life_;
  ++world_.totals.crashes;
  world_.trace.note(self_.value);
  world_.trace.line(world_.events.now_us(), "replica ", self_.value, " crashes");
}

void Host::note_refusals() const {
  if (loyal() && up()) world_.totals.marks.meet(status().rejects);
}

void Host::lose_disk() {
  disk_.lose(world_.losses.next());
  damage_ = Damage::mute;
  ++world_.totals.lost_disks;
  observe(&Observer::lost, self_, false);
  world_.trace.line(world_.events.now_us(), "replica ", self_.value, " loses its disk");
}

void Host::roll_disk_back() {
  harmless_from_ = stable_in(disk_.log()) + world_.genesis.log_window;
  harmless_in_ = view_in(disk_.log());
  disk_.roll_back();
  damage_ = disk_.log().mute ? Damage::mute : Damage::unnoticed;
  ++world_.totals.rolled_back;
  observe(&Observer::lost, self_, true);
  world_.trace.line(world_.events.now_us(), "replica ", self_.value, " begins again from an older disk");
}

void Host::look_at_damage() {
  if (!damaged()) return;
  // What is not on the disk yet, another crash takes back.
  const bool harmless = stable_in(disk_.log()) >= harmless_from_ && view_in(disk_.log()) >= harmless_in_;
  if (process_->core.status().mute) {
    damage_ = Damage::mute;
  } else if (damage_ == Damage::mute || harmless) {
    if (damage_ == Damage::mute) ++world_.totals.rejoined;
    damage_ = Damage::none;
    world_.trace.line(world_.events.now_us(), "replica ", self_.value, " is as good as before");
  }
}

// --- inputs ---

void Host::receive(Node from, const Message& message) {
  if (!process_) return;
  if (band_) {
    const bool heard = band_->arriving(message, channel_of(from), world_.events.now_us());
    take_band_output();
    if (!heard) return;
  }
  process_->inbox.emplace_back(from, message);
  plan_turn();
}

void Host::connected(ReplicaId peer) {
  if (!process_) return;
  process_->core.connected(peer);
  plan_turn();
}

void Host::disconnected(ReplicaId peer) {
  if (!process_) return;
  process_->core.disconnected(peer);
  plan_turn();
}

void Host::plan_turn() {
  if (std::exchange(process_->turn_planned, true)) return;
  later(world_.load.below(turn_us), [this] {
    process_->turn_planned = false;
    turn();
  });
}

void Host::turn() {
  process_->core.tick(now());
  const auto inbox = std::exchange(process_->inbox, {});
  const auto together = static_cast<std::ptrdiff_t>(world_.plan.verified_together);
  for (auto first = inbox.begin(); first != inbox.end();) {
    const auto last = first + std::min(together, inbox.end() - first);
    std::vector<const std::pair<Node, Message>*> wanted;
    for (; first != last; ++first) {
      if (wants(first->second)) wanted.push_back(&*first);
    }
    for (const auto* one : wanted) take(one->first, one->second);
  }
  take_output();
}

bool Host::wants(const Message& message) const {
  const auto* pre_prepare = std::get_if<PrePrepare>(&message);
  const ReplicaId primary =
      pre_prepare != nullptr ? world_.genesis.quorums().primary_of(pre_prepare->header.view) : ReplicaId();
  const auto header = vote_header(message, primary);
  return !header || process_->core.wants(*header);
}

void Host::take(Node from, const Message& message) {
  const auto verified = process_->verifier.verify(message);
  if (!verified) {
    if (loyal()) world_.totals.marks.meet(verified.error());
    return;
  }
  if (const auto* query = std::get_if<MarkQuery>(&message)) return answer(*query);
  if (from < world_.plan.replicas &&
      (exchange_state(ReplicaId(from), message) || exchange_blocks(ReplicaId(from), message))) {
    return;
  }
  process_->core.step(*verified, channel_of(from));
}

void Host::plan_tick(SteadyTime wake_up) {
  const std::uint64_t at = std::max(wake_up.value, world_.events.now_us() + 1);
  std::uint64_t& planned = process_->wake_up_at;
  if (planned > world_.events.now_us() && planned <= at) return;
  planned = at;
  later(at - world_.events.now_us(), [this] { plan_turn(); });
}

// --- outputs ---

void Host::take_output() {
  Output output = process_->core.take_output();
  for (const NumberedRecord& record : output.records) note(record);
  disk_.append(std::move(output.records));
  for (const Send& send : output.sends) queue(send);
  begin_force();
  for (Execute& slot : output.executes) process_->slots.push_back(std::move(slot));
  if (output.transfer) {
    process_->slots.clear();
    process_->transfer_wanted = output.transfer;
    begin_transfer();
  }
  plan_execution();
  for (const AnswerStored& stored : output.answers) reply_stored(stored.client, stored.first, stored.last);
  for (const AnswerBusy& busy : output.busy) {
    refuse({RefusalReason::busy, busy.client, busy.first, self_, {}});
  }
  for (const ServeRetained& serve : output.serves) {
    for (const CommittedBatch& batch : disk_.read_retained(serve.first, serve.count)) {
      leave(serve.to.value, std::make_shared<const Message>(batch));
    }
  }
  plan_tick(output.wake_up);
}

void Host::note(const NumberedRecord& record) {
  struct Content {
    Trace& trace;
    void operator()(const AcceptedRecord& r) const { slot(r.pre_prepare.header.n, r.pre_prepare.header.digest); }
    void operator()(const PreparedRecord& r) const { slot(r.certificate.header.n, r.certificate.header.digest); }
    void operator()(const CommittedRecord& r) const { slot(r.certificate.n, r.certificate.digest); }
    void operator()(const OwnCheckpointRecord& r) const { slot(r.checkpoint.n, r.checkpoint.root); }
    void operator()(const StableRecord& r) const { slot(r.proof.n, r.proof.root); }
    void operator()(const CollectRecord& r) const {
      trace.note(r.votes_through.value);
      trace.note(r.bodies_through.value);
    }
    void operator()(const ViewChangeRecord& r) const { trace.note(r.view_change->view.value); }
    void operator()(const NewViewRecord& r) const { trace.note(r.new_view->view.value); }
    void operator()(const MuteRecord& r) const { trace.note(r.nonce); }
    void operator()(const SpeakRecord&) const {}
    void slot(SequenceNumber n, const Digest& digest) const {
      trace.note(n.value);
      trace.note(digest);
    }
  };
  world_.trace.note(record.number.value << 8 ^ record.record.index());
  std::visit(Content{world_.trace}, record.record);
}

void Host::queue(const Send& send) {
  if (const auto* client = std::get_if<ClientId>(&send.to)) return leave(world_.node(*client), send.message);
  const auto* one = std::get_if<ReplicaId>(&send.to);
  for (std::uint32_t i = 0; i < world_.plan.replicas; ++i) {
    if (ReplicaId(i) == self_ || (one != nullptr && one->value != i)) continue;
    process_->sends[i].push_back({ReplicaId(i), send.message, send.waits_for});
    release(ReplicaId(i));
  }
}

void Host::release(ReplicaId to) {
  auto& waiting = process_->sends[to.value];
  while (!waiting.empty() && waiting.front().waits_for <= process_->durable) {
    leave(to.value, waiting.front().message);
    waiting.pop_front();
  }
}

void Host::leave(Node to, const MessagePtr& message) {
  if (band_) return let_out(band_->leaving(channel_of(to), message, world_.events.now_us()), message);
  observe(&Observer::sent, self_, *message);
  world_.trace.note(static_cast<std::uint64_t>(type_of(*message)) + to * 64);
  if (const auto vote = vote_header(*message, self_)) {
    world_.trace.note(vote->view.value ^ vote->n.value << 8);
    world_.trace.note(vote->digest);
  }
  network_.send(self_.value, to, message);
}

// --- the log's disk ---

void Host::begin_force() {
  if (!up() || disk_.forcing() || !disk_.has_unforced()) return;
  if (may_force_ && !may_force_(disk_.unforced())) return;
  disk_.begin_force();
  const bool stalls = !calm_ && world_.plan.disk_stalls && world_.disks.one_in(200);
  later(stalls ? stall_us : world_.disks.spread(world_.plan.force_us), [this] { end_force(); });
}

void Host::end_force() {
  const std::vector<NumberedRecord> durable = disk_.end_force();
  for (const NumberedRecord& record : durable) observe(&Observer::durable, self_, record.record);
  process_->durable = durable.back().number;
  process_->core.persisted(process_->durable);
  for (std::uint32_t i = 0; i < world_.plan.replicas; ++i) release(ReplicaId(i));
  begin_force();
  turn();
}

// --- execution and the state's disk ---

void Host::plan_execution() {
  if (process_->executing || process_->slots.empty()) return;
  process_->executing = true;
  later(world_.disks.spread(world_.plan.execute_us), [this] {
    process_->executing = false;
    execute_next();
    take_output();
  });
}

void Host::execute_next() {
  if (process_->slots.empty()) return;  // void since a transfer began
  const Execute slot = std::move(process_->slots.front());
  process_->slots.pop_front();
  const ExecutedBatch batch = process_->service.execute(slot.n, slot.digest, slot.batch.get());
  observe(&Observer::executed, self_, slot, batch);
  world_.trace.note(process_->service.ledger_head());
  world_.trace.line(world_.events.now_us(), "replica ", self_.value, " executes ", slot.n.value);
  Executed result{slot.n, {}};
  for (const Leaf& leaf : batch.leaves) result.operations.push_back({leaf.client, leaf.timestamp});
  result.rejoins = batch.rejoins;
  process_->core.executed(result);
  process_->map.append(batch.block);
  reply(batch);
  if (slot.n.value % world_.genesis.checkpoint_interval != 0) return;
  process_->service.write_checkpoint();
  const testing::MemoryState& state = process_->map.settle(slot.n);
  const Digest root = state.root();
  disk_.freeze(state);
  observe(&Observer::checkpointed, self_, slot.n, root);
  later(world_.disks.spread(world_.plan.state_commit_us) / 4, [this, n = slot.n, root] {
    process_->core.checkpointed(n, root);
    take_output();
  });
  begin_commit();
}

void Host::begin_commit() {
  if (commits_held_ || process_->committing || !disk_.has_commit()) return;
  process_->committing = true;
  const bool stalls = !calm_ && world_.plan.disk_stalls && world_.disks.one_in(4);
  later(stalls ? stall_us : world_.disks.spread(world_.plan.state_commit_us), [this] {
    process_->committing = false;
    const SequenceNumber durable = disk_.end_commit();
    process_->core.state_durable(durable);
    offer(process_->serving.committed(durable));
    begin_commit();
    begin_transfer();
    take_output();
  });
}

}  // namespace quorate::simulation
