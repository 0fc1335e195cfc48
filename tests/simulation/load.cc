#include "tests/simulation/load.h"

#include <algorithm>

#include "crypto/check.h"
#include "messages/limits.h"

namespace quorate::simulation {
namespace {

ClientOptions client_options(const Plan& plan) {
  ClientOptions options;
  options.retry_first_us = plan.status_interval_us * 2;
  options.retry_max_us = 1'000'000;
  return options;
}

Bytes encoded(const Operation& operation) {
  auto bytes = encode_operation(operation);
  check(bytes.has_value(), "the simulator's operations are within the limits");
  return *bytes;
}

}  // namespace

void Additions::executed(ReplicaId, const Execute& slot, const ExecutedBatch& outcome) {
  newest_ = std::max(newest_, slot.n);
  for (const Leaf& leaf : outcome.leaves) {
    history_.hint(leaf.operation_digest, {leaf.n, leaf.index});
    const auto found = deltas_.find(leaf.operation_digest);
    if (found == deltas_.end() || leaf.status != OperationStatus::done) continue;
    if (executed_.insert(leaf.operation_digest).second) sum_ += found->second;
  }
}

// --- loyal ---

LoyalClient::LoyalClient(World& world, Network& network, Additions& additions, ClientId self, std::uint64_t operations)
    : world_(world),
      network_(network),
      additions_(additions),
      self_(self),
      verifier_(world.genesis, world.scheme, 0),
      to_submit_(operations) {}

void LoyalClient::start() {
  ++life_;
  wake_up_at_ = 0;
  issued_through_ = Timestamp();
  ClientLife life{life_, {}};
  if (world_.plan.client_memory) life.next = remembered_;
  core_ = std::make_unique<ClientCore>(world_.genesis, self_, world_.signer(self_), life, client_options(world_.plan),
                                       SteadyTime(world_.events.now_us()));
  for (const auto& [t, operation] : journal_) core_->submit_at(t, operation);
  for (const ReplicaId replica : connections_) core_->connected(replica);
  turn();
}

void LoyalClient::restart() {
  world_.trace.line(world_.events.now_us(), "client ", self_.value, " begins life ", life_ + 1);
  start();
}

void LoyalClient::connected(ReplicaId replica) {
  connections_.insert(replica);
  core_->connected(replica);
  turn();
}

void LoyalClient::disconnected(ReplicaId replica) {
  connections_.erase(replica);
  core_->disconnected(replica);
}

void LoyalClient::receive(Node from, const Message& message) {
  if (from >= world_.plan.replicas || !core_->wants(message, ReplicaId(from))) return;
  if (const auto verified = verifier_.verify(message)) core_->step(*verified, ReplicaId(from));
  turn();
}

void LoyalClient::turn() {
  core_->tick(SteadyTime(world_.events.now_us()));
  submit();
  ClientOutput output = core_->take_output();
  for (const Completion& completion : output.completions) take(completion);
  for (const ClientSend& send : output.sends) {
    issue(*send.message);
    network_.send(world_.node(self_), send.to.value, send.message);
  }
  if (!output.completions.empty() && to_submit_ != 0) return turn();
  plan_tick(output.wake_up);
}

void LoyalClient::submit() {
  while (to_submit_ != 0 && core_->unanswered() < world_.plan.outstanding) {
    if (world_.plan.client_memory) {
      if (!core_->started()) return;
      submit_remembered();
    } else {
      bool adds = false;
      core_->submit(draw_operation(adds));
    }
    --to_submit_;
  }
}

/// With a memory: timestamps are reserved in strides, longer than a window at times, and most operations are written
/// down before they leave.
void LoyalClient::submit_remembered() {
  bool adds = false;
  Bytes operation = draw_operation(adds);
  if (core_->timestamps_wanted(1) != 0) {
    remembered_ = core_->next() + (core_->unanswered() + world_.load.between(1, 2 * world_.plan.client_window));
    core_->reserved(remembered_);
  }
  if (world_.load.one_in(4)) {
    core_->submit(std::move(operation));
    return;
  }
  const Timestamp t = core_->allot(1);
  journal_.emplace(t, operation);
  core_->submit_at(t, std::move(operation));
}

Bytes LoyalClient::draw_operation(bool& adds) {
  const std::string name = "key" + std::to_string(world_.load.below(16));
  const std::string other = "key" + std::to_string(world_.load.below(16));
  const std::string value = std::to_string(world_.load.below(1'000'000));
  adds = false;
  switch (world_.load.below(6)) {
    case 0:
      return encoded(Get{as_bytes(name)});
    case 1:
      return encoded(Delete{as_bytes(name)});
    case 2:
      return encoded(Scan{as_bytes(name), {}, 3});
    case 3: {
      Transaction transfer;
      transfer.conditions.push_back(IntegerAtLeast{as_bytes(name), 5});
      transfer.then = {Add{as_bytes(name), -5}, Add{as_bytes(other), 5}};
      transfer.otherwise = {Put{as_bytes(name), as_bytes(value)}};
      return encoded(transfer);
    }
    case 4:
      return encoded(Put{as_bytes(name), as_bytes(value)});
    default:
      adds = true;
      return encoded(Add{as_bytes(Additions::key), static_cast<std::int64_t>(1 + world_.load.below(9))});
  }
}

void LoyalClient::issue(const Message& message) {
  const auto* request = std::get_if<Request>(&message);
  if (request == nullptr) return;
  const BundleView& bundle = request->bundle->view();
  if (bundle.first <= issued_through_) return;
  issued_through_ = bundle.last();
  for (std::size_t i = 0; i < bundle.operations.size(); ++i) {
    const Timestamp t = bundle.first + i;
    const Digest digest = operation_digest(self_, t, bundle.operations[i]);
    world_.observe(&Observer::issued, self_, t, digest);
    const ByteView bytes = bundle.operations[i];
    world_.history.call(digest,
                        {self_.value, t.value, Bytes(bytes.begin(), bytes.end()), world_.events.now_us(), {}, {}});
    const auto operation = decode_operation(bundle.operations[i]);
    const auto* add = std::get_if<Add>(&*operation);
    if (add != nullptr && as_text(add->key) == Additions::key) additions_.note(digest, add->delta);
  }
}

void LoyalClient::take(const Completion& completion) {
  if (completion.fate != Fate::executed) {
    // What a former life still had under way may push the window on: then, and only then, an outcome is not known.
    if (life_ == 1 || world_.plan.client_memory) {
      throw Broken("a loyal client that kept its memory was not told an outcome");
    }
    ++to_submit_;
    return;
  }
  const Leaf& leaf = completion.leaf;
  journal_.erase(leaf.timestamp);
  world_.observe(&Observer::acknowledged, leaf);
  world_.history.answer(leaf.operation_digest, {world_.events.now_us(), leaf.status, leaf.result});
  world_.trace.note(leaf.n.value);
  ++world_.totals.operations;
}

void LoyalClient::plan_tick(SteadyTime wake_up) {
  const std::uint64_t now_us = world_.events.now_us();
  if (wake_up.value > now_us + 60'000'000) return;
  const std::uint64_t at = std::max(wake_up.value, now_us + 1);
  if (wake_up_at_ > now_us && wake_up_at_ <= at) return;
  wake_up_at_ = at;
  world_.events.after(at - now_us, [this, life = life_] {
    if (life == life_) turn();
  });
}

// --- bad ---

BadClient::BadClient(World& world, Network& network)
    : world_(world), network_(network), signer_(world.genesis.cluster_id(), world.signer(world.bad_client())) {}

void BadClient::start() {
  world_.events.after(world_.load.between(1'000, 30'000), [this] {
    if (stopped_) return;
    misbehave();
    start();
  });
}

void BadClient::misbehave() {
  const ClientId self = world_.bad_client();
  if (!last_ || world_.load.below(4) != 0) {
    std::vector<Bytes> operations;
    const std::uint64_t count = world_.load.between(1, std::min<std::uint64_t>(8, world_.plan.client_window));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string value = std::to_string(world_.load.below(1'000));
      operations.push_back(encoded(Put{as_bytes("bad"), as_bytes(value)}));
    }
    // Back and forth over timestamps already used, and now and then far beyond.
    const std::uint64_t back = std::min(cursor_ - 1, world_.load.below(12));
    std::uint64_t first = cursor_ - back;
    cursor_ += world_.load.below(6);
    if (world_.load.one_in(10)) first += limits::timestamp_jump_max + world_.load.below(4);
    const BundlePtr bundle = signer_.sign_bundle(self, Timestamp(first), operations);
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const Timestamp t(first + i);
      world_.observe(&Observer::issued, self, t, operation_digest(self, t, operations[i]));
    }
    last_ = std::make_shared<const Message>(Request{bundle});
  }
  const bool to_all = world_.load.one_in(2);
  const auto chosen = static_cast<Node>(world_.load.below(world_.plan.replicas));
  for (Node replica = 0; replica < world_.plan.replicas; ++replica) {
    if (to_all || replica == chosen) network_.send(world_.node(self), replica, last_);
  }
}

}  // namespace quorate::simulation
