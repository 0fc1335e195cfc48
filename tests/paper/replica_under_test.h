// One core among hand-made peers: tests say what it receives and read what it says.
//
// Messages pass the real Verifier with Ed25519. Nothing becomes durable, and nothing is executed, until the test says
// so.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "crypto/check.h"
#include "replica/core/core.h"
#include "tests/support/sample_messages.h"

namespace quorate::testing {

inline constexpr WallTime noon{1'700'000'000'000'000};
inline constexpr std::uint64_t timeout_us = CoreOptions().view_timeout_us;

class ReplicaUnderTest {
 public:
  explicit ReplicaUnderTest(std::uint32_t self, std::uint32_t replicas = 4, Recovered recovered = {},
                            CoreOptions options = {})
      : cluster_(replicas),
        self_(self),
        key_(seed_of(static_cast<std::uint8_t>(self + 1))),
        verifier_(cluster_.genesis(), scheme_),
        log_(recovered.log),
        core_(std::make_unique<Core>(cluster_.genesis(), self_, key_, options, std::move(recovered), now_)) {
    drain();
    forget();
  }

  // --- inputs ---

  void receive(Message message, Channel from) {
    const auto verified = verifier_.verify(std::move(message));
    check(verified.has_value(), "a test's message verifies");
    core_->step(*verified, from);
    drain();
  }
  void receive(Message message, std::uint32_t from) { receive(std::move(message), ReplicaId(from)); }
  /// Everything handed to the log becomes durable.
  void persist() {
    core_->persisted(handed_);
    drain();
  }
  void tick(std::uint64_t steady_us, std::optional<WallTime> wall = std::nullopt) {
    now_ = {SteadyTime(steady_us), wall.value_or(now_.wall)};
    core_->tick(now_);
    drain();
  }
  /// Executes what was handed out, each operation for the first time, and tells of checkpoints.
  void execute() {
    while (executed_ < executes.size()) {
      const Execute& slot = executes[executed_++];
      Executed result{slot.n, {}, {}};
      for (const Rejoin& rejoin : slot.batch ? slot.batch->rejoins() : std::span<const Rejoin>()) {
        result.rejoins.push_back({rejoin.replica, rejoin.count, rejoin.nonce, floor_of(slot.n)});
      }
      for (const BundleView& bundle : slot.batch ? slot.batch->bundles() : std::span<const BundleView>()) {
        for (std::size_t i = 0; i < bundle.operations.size(); ++i) {
          result.operations.push_back({bundle.client, bundle.first + i});
        }
      }
      core_->executed(result);
      if (slot.n.value % cluster_.genesis().checkpoint_interval == 0) core_->checkpointed(slot.n, root_at(slot.n));
      drain();
    }
  }
  /// Decides and executes everything through n with the help of all peers.
  void agree_through(std::uint64_t n) {
    for (SequenceNumber next = core_->status().last_executed + 1; next.value <= n; ++next) {
      const PrePrepare proposal = propose(next.value);
      for (const std::uint32_t peer : peers()) receive(cluster_.commit(peer, proposal.header), peer);
      execute();
    }
  }
  /// Hands in primary 0's proposal of a fresh batch at n, and every other backup's PREPARE.
  PrePrepare propose(std::uint64_t n) {
    const PrePrepare proposal = proposal_at(n);
    receive(proposal, 0);
    for (const std::uint32_t peer : peers()) {
      if (peer != 0) receive(cluster_.prepare(peer, proposal.header), peer);
    }
    persist();
    return proposal;
  }
  void make_stable(std::uint64_t n) {
    for (const std::uint32_t peer : peers()) {
      if (core_->status().low_watermark.value < n) {
        receive(cluster_.checkpoint(peer, SequenceNumber(n), root_at(SequenceNumber(n))), peer);
      }
    }
  }

  /// The first checkpoint at or above n + L.
  SequenceNumber floor_of(SequenceNumber n) const {
    const Genesis& genesis = cluster_.genesis();
    SequenceNumber floor = n + genesis.log_window;
    while (floor.value % genesis.checkpoint_interval != 0) ++floor;
    return floor;
  }

  // --- what peers make ---

  /// A batch that no other n has.
  BatchPtr batch_at(std::uint64_t n, WallTime time = noon) const {
    const std::vector<BundlePtr> bundles = {cluster_.bundle(0, 10 * n, 2)};
    return Batch::build(time, bundles);
  }
  PrePrepare proposal_at(std::uint64_t n, WallTime time = noon) const {
    return cluster_.pre_prepare(View(0), SequenceNumber(n), batch_at(n, time));
  }
  /// A peer that has accepted, prepared and committed nothing above its h.
  Status status_of(std::uint32_t peer, std::uint64_t low_watermark = 0, std::uint64_t last_executed = 0) const {
    const Bytes nothing((cluster_.genesis().log_window + 7) / 8);
    Status status{ReplicaId(peer), View(0), true, SequenceNumber(low_watermark), SequenceNumber(last_executed), nothing,
                  nothing,         nothing, {}};
    cluster_.replica(peer).sign(status);
    return status;
  }
  Fetch fetch_of(std::uint32_t peer, std::uint64_t first, std::uint32_t count) const {
    Fetch fetch{ReplicaId(peer), SequenceNumber(first), count, {}};
    cluster_.replica(peer).sign(fetch);
    return fetch;
  }
  CommittedBatch committed_at(std::uint64_t n) const {
    const PrePrepare proposal = proposal_at(n);
    const std::uint32_t quorum = cluster_.genesis().quorums().quorum();
    std::vector<std::uint32_t> signers;
    for (std::uint32_t i = 0; i < quorum; ++i) signers.push_back(i);
    return {cluster_.committed(proposal.header, signers), proposal.batch};
  }
  static Digest root_at(SequenceNumber n) { return digest_filled(static_cast<std::uint8_t>(n.value)); }
  std::vector<std::uint32_t> peers() const {
    std::vector<std::uint32_t> peers;
    for (std::uint32_t i = 0; i < cluster_.genesis().replica_keys.size(); ++i) {
      if (i != self_.value) peers.push_back(i);
    }
    return peers;
  }

  // --- what it said and did, since the start or the last forget() ---

  std::vector<NumberedRecord> records;
  std::vector<Send> sends;
  std::vector<Execute> executes;
  std::vector<AnswerStored> answers;
  std::vector<AnswerBusy> busy;
  std::vector<ServeRetained> serves;
  std::optional<SequenceNumber> transfer;  // the last one asked for
  SteadyTime wake_up;

  template <typename T>
  std::vector<T> sent() const {
    std::vector<T> found;
    for (const Send& send : sends) {
      if (const auto* message = std::get_if<T>(send.message.get())) found.push_back(*message);
    }
    return found;
  }
  template <typename T>
  std::vector<T> sent_to(std::uint32_t replica) const {
    std::vector<T> found;
    for (const Send& send : sends) {
      const auto* to = std::get_if<ReplicaId>(&send.to);
      const auto* message = std::get_if<T>(send.message.get());
      if (message != nullptr && to != nullptr && to->value == replica) found.push_back(*message);
    }
    return found;
  }
  /// Of those, what this replica signed itself.
  template <typename Vote>
  std::vector<Vote> own_sent_to(std::uint32_t replica) const {
    std::vector<Vote> votes = sent_to<Vote>(replica);
    std::erase_if(votes, [this](const Vote& vote) { return vote.replica != self_; });
    return votes;
  }
  /// The record that the only message of this type waits for.
  template <typename T>
  RecordNumber waits_for() const {
    for (const Send& send : sends) {
      if (std::holds_alternative<T>(*send.message)) return send.waits_for;
    }
    check(false, "such a message was sent");
    return {};
  }
  template <typename T>
  std::vector<RecordNumber> recorded() const {
    std::vector<RecordNumber> numbers;
    for (const NumberedRecord& record : records) {
      if (std::holds_alternative<T>(record.record)) numbers.push_back(record.number);
    }
    return numbers;
  }
  void forget() {
    records.clear();
    sends.clear();
    answers.clear();
    busy.clear();
    serves.clear();
  }
  std::uint64_t rejected(Reject reason) const { return core_->status().rejects[static_cast<std::size_t>(reason)]; }

  ReplicaId self() const { return self_; }
  Core& core() { return *core_; }
  CoreStatus status() const { return core_->status(); }
  Moment now() const { return now_; }
  const SampleCluster& cluster() const { return cluster_; }
  /// What a crash at this moment would leave, if all that was handed to the log is durable.
  const LogImage& log() const { return log_; }

 private:
  template <typename T>
  static void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
  void drain() {
    Output output = core_->take_output();
    for (const NumberedRecord& record : output.records) {
      log_.apply(record.record);
      handed_ = record.number;
    }
    append(records, output.records);
    append(sends, output.sends);
    append(executes, output.executes);
    append(answers, output.answers);
    append(busy, output.busy);
    append(serves, output.serves);
    if (output.transfer) transfer = output.transfer;
    wake_up = output.wake_up;
  }

  SampleCluster cluster_;
  ReplicaId self_;
  Ed25519Signer key_;
  Ed25519Scheme scheme_;
  Verifier verifier_;
  Moment now_{SteadyTime(1'000'000), noon};
  RecordNumber handed_;
  std::size_t executed_ = 0;
  LogImage log_;
  std::unique_ptr<Core> core_;
};

/// Time passes as a driver lets it pass: a tick whenever the core wants one.
inline void wait(ReplicaUnderTest& replica, std::uint64_t us) {
  const std::uint64_t end = replica.now().steady.value + us;
  while (replica.now().steady.value < end) {
    replica.tick(std::min(end, std::max(replica.now().steady.value + 1, replica.wake_up.value)));
  }
}

}  // namespace quorate::testing
