#include "tests/fuzz/core_under_fire.h"

#include <algorithm>

#include "crypto/check.h"
#include "messages/operation.h"
#include "replica/core/new_view_rules.h"

namespace quorate::fuzzing {
namespace {

constexpr std::uint32_t replicas = 4;
constexpr ReplicaId traitor{1};  // leads view 1, and is a backup before
constexpr WallTime noon{1'700'000'000'000'000};
constexpr std::size_t inbox_max = 256;
constexpr std::size_t known_max = 64;

template <typename T>
void keep(std::vector<T>& list, T one) {
  list.push_back(std::move(one));
  if (list.size() > known_max) list.erase(list.begin());
}

}  // namespace

/// Choices out of the bytes; 0 when they are used up.
class CoreUnderFire::Choices {
 public:
  explicit Choices(ByteView bytes) : rest_(bytes) {}
  bool used_up() const { return rest_.empty(); }
  std::uint64_t below(std::uint64_t bound) {
    if (rest_.empty()) return 0;
    const std::uint64_t choice = rest_.front() % bound;
    rest_ = rest_.subspan(1);
    return choice;
  }
  template <typename T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  ByteView rest_;
};

Bytes honest_schedule(std::uint64_t requests, bool silence) {
  constexpr std::uint8_t deliver_many = 7, ask = 10, wait = 9;
  Bytes bytes;
  const auto deliver_all = [&] {
    for (std::uint8_t i = 0; i < 24; ++i) {
      bytes.insert(bytes.end(), {deliver_many, static_cast<std::uint8_t>(i % 3), 15});
      bytes.resize(bytes.size() + 16);
    }
  };
  for (std::uint64_t i = 0; i < requests; ++i) {
    bytes.insert(bytes.end(), {ask, 0, static_cast<std::uint8_t>(i % 15), static_cast<std::uint8_t>(i / 4), 0});
    deliver_all();
  }
  if (!silence) return bytes;
  for (std::uint8_t core = 0; core < 3; ++core) bytes.insert(bytes.end(), {ask, core, 3, 7, 0});
  for (std::uint8_t i = 0; i < 12; ++i) bytes.insert(bytes.end(), {wait, static_cast<std::uint8_t>(i % 3), 8});
  deliver_all();
  return bytes;
}

struct CoreUnderFire::Loyal {
  Loyal(const Genesis& genesis, ReplicaId self, const Signer& signer)
      : id(self), core(genesis, self, signer, CoreOptions(), Recovered(), Moment{SteadyTime(1'000'000), noon}) {}

  const ReplicaId id;
  Moment now{SteadyTime(1'000'000), noon};
  Core core;
  std::deque<std::pair<Message, Channel>> inbox;
  RecordNumber handed;
  std::deque<Execute> slots;
  bool transferring = false;
  View view;
  SequenceNumber low_watermark;
  SequenceNumber executed;
  std::map<std::tuple<MessageType, View, SequenceNumber>, Digest> votes;
};

CoreUnderFire::CoreUnderFire()
    : keys_(simulation::make_keys(1, replicas + 2, false)),
      genesis_([this] {
        Genesis genesis;
        for (std::uint32_t i = 0; i < replicas + 2; ++i) {
          (i < replicas ? genesis.replica_keys : genesis.client_keys).push_back(keys_.signers[i]->public_key());
        }
        genesis.checkpoint_interval = 2;
        genesis.log_window = 4;
        genesis.client_window = 8;
        genesis.time_bound_us = 100'000;
        return genesis;
      }()),
      verifier_(genesis_, *keys_.scheme, 64) {
  for (std::uint32_t i = 0; i < replicas; ++i) {
    if (ReplicaId(i) == traitor) continue;
    loyal_.push_back(std::make_unique<Loyal>(genesis_, ReplicaId(i), *keys_.signers[i]));
  }
  digests_.push_back(null_digest());
}

CoreUnderFire::~CoreUnderFire() = default;

void CoreUnderFire::run(ByteView bytes, Reached& reached) {
  reached_ = &reached;
  for (const auto& one : loyal_) take_output(*one);
  Choices choices(bytes);
  while (!choices.used_up()) step(choices);
  for (const auto& one : loyal_) {
    const CoreStatus status = one->core.status();
    for (std::size_t i = 0; i < reject_count; ++i) reached.rejects[i] += status.rejects[i];
    reached.views = std::max(reached.views, status.view.value);
    reached.checkpoints = std::max(reached.checkpoints, status.low_watermark.value);
  }
}

void CoreUnderFire::step(Choices& choices) {
  const std::uint64_t what = choices.below(16);
  Loyal& one = *loyal_[choices.below(loyal_.size())];
  if (what < 6) {
    deliver(choices, one);
  } else if (what < 8) {
    for (std::uint64_t count = choices.below(16) + 1; count != 0; --count) deliver(choices, one);
  } else if (what == 8) {
    one.inbox.clear();
  } else if (what == 9) {
    const std::uint64_t us = 20'000 * (1 + choices.below(32));
    one.now = {one.now.steady + us, one.now.wall + us};
    one.core.tick(one.now);
    settle(one);
  } else if (what == 10) {
    hand_in(one, Request{bundle(choices)}, ClientId(0), true);
  } else if (what == 11) {
    const std::uint64_t peer = choices.below(replicas);
    if (ReplicaId(static_cast<std::uint32_t>(peer)) != one.id) {
      one.core.connected(ReplicaId(static_cast<std::uint32_t>(peer)));
      settle(one);
    }
  } else {
    lie(choices, one);
  }
  look_at(one);
}

void CoreUnderFire::deliver(Choices& choices, Loyal& to) {
  if (to.inbox.empty()) return;
  const std::size_t at = choices.below(2) == 0 ? 0 : choices.below(to.inbox.size());
  const auto chosen = to.inbox.begin() + static_cast<long>(at);
  const auto [message, from] = std::move(*chosen);
  to.inbox.erase(chosen);
  hand_in(to, message, from, true);
}

void CoreUnderFire::hand_in(Loyal& to, const Message& message, Channel from, bool asked) {
  const auto* pre_prepare = std::get_if<PrePrepare>(&message);
  const ReplicaId primary =
      pre_prepare != nullptr ? genesis_.quorums().primary_of(pre_prepare->header.view) : ReplicaId();
  const auto header = vote_header(message, primary);
  if (asked && header && !to.core.wants(*header)) return;
  const auto verified = verifier_.verify(message);
  if (!verified) {
    ++reached_->rejects[static_cast<std::size_t>(verified.error())];
    return;
  }
  to.core.step(*verified, from);
  settle(to);
}

/// Disks are quick, and what is decided is executed.
void CoreUnderFire::settle(Loyal& loyal) {
  take_output(loyal);
  while (!loyal.slots.empty()) {
    const Execute slot = loyal.slots.front();
    loyal.slots.pop_front();
    const auto [known, fresh] = executed_.try_emplace(slot.n, slot.digest);
    check(fresh || known->second == slot.digest, "I01: the loyal execute one digest at n");
    check(slot.n == loyal.executed + 1, "I03: slots come in order");
    loyal.executed = slot.n;
    ++reached_->executed;
    Executed result{slot.n, {}};
    for (const BundleView& one : slot.batch ? slot.batch->bundles() : std::span<const BundleView>()) {
      for (std::size_t i = 0; i < one.operations.size(); ++i) result.operations.push_back({one.client, one.first + i});
    }
    loyal.core.executed(result);
    if (slot.n.value % genesis_.checkpoint_interval == 0) {
      loyal.core.checkpointed(slot.n, digest_of("fuzz-root", ByteView(slot.digest.bytes)));
      loyal.core.state_durable(slot.n);
    }
    take_output(loyal);
  }
}

void CoreUnderFire::take_output(Loyal& loyal) {
  for (bool more = true; more;) {
    Output output = loyal.core.take_output();
    more = !output.records.empty();
    if (more) loyal.core.persisted(output.records.back().number);
    for (const Send& send : output.sends) {
      remember(*send.message);
      if (const auto vote = vote_header(*send.message, loyal.id);
          vote && vote->replica == loyal.id &&
          (vote->type == MessageType::prepare || vote->type == MessageType::commit)) {
        const auto [said, fresh] = loyal.votes.try_emplace({vote->type, vote->view, vote->n}, vote->digest);
        check(fresh || said->second == vote->digest, "I10: no loyal replica contradicts itself");
      }
      const auto* only = std::get_if<ReplicaId>(&send.to);
      if (std::holds_alternative<ClientId>(send.to)) continue;
      for (const auto& other : loyal_) {
        if (other.get() == &loyal || (only != nullptr && *only != other->id)) continue;
        if (other->inbox.size() < inbox_max) other->inbox.emplace_back(*send.message, loyal.id);
      }
    }
    if (output.transfer) {
      // A state would come from the others: here it never does, and it executes nothing any more.
      loyal.slots.clear();
      loyal.transferring = true;
    }
    for (Execute& slot : output.executes) loyal.slots.push_back(std::move(slot));
  }
}

void CoreUnderFire::look_at(Loyal& loyal) {
  const CoreStatus status = loyal.core.status();
  check(status.low_watermark.value % genesis_.checkpoint_interval == 0, "I14: h is a multiple of K");
  check(status.admitted_bytes <= CoreOptions().admitted_bytes_max, "I19: admitted bytes are bounded");
  check(status.view >= loyal.view, "I15: views never go back");
  check(status.low_watermark >= loyal.low_watermark, "I14: h never goes down");
  loyal.view = status.view;
  loyal.low_watermark = status.low_watermark;
}

// --- the traitor ---

void CoreUnderFire::remember(const Message& message) {
  if (const auto* prepare = std::get_if<Prepare>(&message)) {
    auto& by = prepares_[{prepare->view, prepare->n}][prepare->digest];
    const SignedBy part{prepare->replica, prepare->signature};
    if (std::find(by.begin(), by.end(), part) == by.end()) by.push_back(part);
  } else if (const auto* proposal = std::get_if<PrePrepare>(&message)) {
    proposals_[{proposal->header.view, proposal->header.n}][proposal->header.digest] = proposal->signature;
    if (proposal->batch) keep(batches_, proposal->batch);
    keep(digests_, proposal->header.digest);
  } else if (const auto* view_change = std::get_if<ViewChangePtr>(&message)) {
    // Others are of no use, and what follows from them may be without end.
    if (verifier_.verify(message)) keep(view_changes_, *view_change);
  }
  keep(heard_, message);
}

BundlePtr CoreUnderFire::bundle(Choices& choices) {
  const MessageSigner client(genesis_.cluster_id(), *keys_.signers[replicas]);
  const std::uint64_t kind = choices.below(16);
  const std::uint64_t first = kind == 15 ? ~std::uint64_t{0} : 1 + kind + 4 * choices.below(8);
  std::vector<Bytes> operations;
  for (std::uint64_t count = first + 2 < first ? 1 : 1 + choices.below(3); count != 0; --count) {
    operations.push_back(encode_operation(Put{as_bytes("k"), as_bytes(std::to_string(count))}).value());
  }
  return client.sign_bundle(ClientId(0), Timestamp(first), operations);
}

void CoreUnderFire::lie(Choices& choices, Loyal& to) {
  const Message message = traitor_message(choices, to);
  remember(message);
  const std::uint64_t by = choices.below(8);
  hand_in(to, message, by == 7 ? Channel(ReplicaId(3)) : Channel(traitor), by >= 4);
}

/// A certificate out of signatures that were really made, as far as there are any; else one that does not verify.
PreparedCertificate CoreUnderFire::certificate(Choices& choices, View view) {
  PreparedCertificate made{{view, SequenceNumber(1), null_digest()}, {}, {}};
  if (prepares_.empty()) return made;
  auto slot = prepares_.begin();
  std::advance(slot, static_cast<long>(choices.below(prepares_.size())));
  const auto& [digest, parts] = *slot->second.begin();
  made.header = {slot->first.first, slot->first.second, digest};
  made.primary_signature = proposals_[slot->first][digest];
  made.prepares = parts;
  std::sort(made.prepares.begin(), made.prepares.end(),
            [](const SignedBy& a, const SignedBy& b) { return a.replica < b.replica; });
  if (made.prepares.size() > 2) made.prepares.resize(2);
  return made;
}

Message CoreUnderFire::view_message(Choices& choices, View view, SequenceNumber n) {
  const MessageSigner self(genesis_.cluster_id(), *keys_.signers[traitor.value]);
  if (choices.below(2) == 0) {
    ViewChange mine{view, SequenceNumber(0), std::nullopt, {}, traitor, {}};
    if (choices.below(2) == 0) mine.prepared.push_back(certificate(choices, view));
    self.sign(mine);
    return std::make_shared<const ViewChange>(std::move(mine));
  }
  NewView mine{view, {}, {}, {}};
  std::map<ReplicaId, ViewChangePtr> chosen;
  for (const ViewChangePtr& one : view_changes_) {
    if (one->view == view && choices.below(4) != 0) chosen[one->replica] = one;
  }
  for (const auto& [replica, one] : chosen) {
    if (mine.view_changes.size() < 3) mine.view_changes.push_back(one);
  }
  const auto add = [&](const PrePrepareHeader& header) {
    mine.pre_prepares.push_back({header, self.sign_header(header)});
  };
  // Half of the time the one O that the others must take.
  const auto plan = choices.below(2) == 0 ? derive_new_view(view, mine.view_changes) : std::nullopt;
  if (plan) {
    for (const PrePrepareHeader& header : plan->headers) add(header);
  } else {
    for (std::uint64_t i = choices.below(3); i != 0; --i, ++n) add({view, n, choices.one_of(digests_)});
  }
  self.sign(mine);
  return std::make_shared<const NewView>(std::move(mine));
}

Message CoreUnderFire::traitor_message(Choices& choices, const Loyal& to) {
  const MessageSigner self(genesis_.cluster_id(), *keys_.signers[traitor.value]);
  const CoreStatus status = to.core.status();
  const std::vector<View> views = {status.view, View(1), View(status.view.value + 1),
                                   View(5),     View(0), View(std::uint64_t{1} << 63)};
  const std::uint64_t h = status.low_watermark.value;
  const std::vector<SequenceNumber> numbers = {
      status.last_executed + 1, SequenceNumber(h + 1), SequenceNumber(h + 2),
      SequenceNumber(h),        SequenceNumber(h + 4), SequenceNumber(h + 5),
      SequenceNumber(h + 6),    SequenceNumber(h + 7), SequenceNumber(~std::uint64_t{0})};
  const View view = choices.one_of(views);
  const SequenceNumber n = choices.one_of(numbers);
  const Digest digest = choices.one_of(digests_);
  const auto sealed = [&](auto message) -> Message {
    self.sign(message);
    return message;
  };
  switch (choices.below(12)) {
    case 0:
      return sealed(Prepare{view, n, digest, traitor, {}});
    case 1:
      return sealed(Commit{view, n, digest, traitor, {}});
    case 2:
      return sealed(Checkpoint{n, digest, traitor, {}});
    case 3: {
      const std::uint64_t later_us = choices.below(2) == 0 ? choices.below(8) : 1'000'000;
      const BatchPtr batch = Batch::build(noon + later_us, std::vector<BundlePtr>{bundle(choices)});
      const PrePrepareHeader header{view, n, batch->digest()};
      return PrePrepare{header, self.sign_header(header), batch};
    }
    case 4: {
      const PrePrepareHeader header{view, n, null_digest()};
      return PrePrepare{header, self.sign_header(header), nullptr};
    }
    case 5: {
      Bytes bits{static_cast<std::uint8_t>(choices.below(16))};
      return sealed(
          Status{traitor, view, choices.below(2) == 0, SequenceNumber(choices.below(4) * 2), n, bits, bits, bits, {}});
    }
    case 6:
      return sealed(Fetch{traitor, n, static_cast<std::uint32_t>(choices.below(3)), {}});
    case 7:
      return sealed(FetchBody{traitor, n, digest, {}});
    case 8: {
      if (batches_.empty()) return Request{bundle(choices)};
      const BatchPtr batch = choices.one_of(batches_);
      return BatchBody{n, batch->digest(), batch};
    }
    case 9:
      return heard_.empty() ? Message(Request{bundle(choices)}) : choices.one_of(heard_);
    case 10:
      return Request{bundle(choices)};
    default:
      return view_message(choices, view, n);
  }
}

}  // namespace quorate::fuzzing
