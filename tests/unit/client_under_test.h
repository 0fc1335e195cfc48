// A client core among hand-made replicas whose answers the test chooses.
#pragma once

#include <optional>
#include <vector>

#include "client/client_core.h"
#include "crypto/check.h"
#include "replica/service/reply_builder.h"
#include "tests/support/sample_messages.h"

namespace quorate::testing {

inline constexpr std::uint64_t nonce = 77;

/// A client core among hand-made replicas.
class ClientUnderTest {
 public:
  explicit ClientUnderTest(std::uint32_t replicas = 4, ClientOptions options = {},
                           std::optional<Timestamp> next = std::nullopt)
      : cluster_(replicas),
        key_(seed_of(0x80)),
        verifier_(cluster_.genesis(), scheme_),
        core_(cluster_.genesis(), ClientId(0), key_, ClientLife{nonce, next}, options, SteadyTime(1)) {
    for (std::uint32_t i = 0; i < replicas; ++i) core_.connected(ReplicaId(i));
    drain();
  }
  void receive(Message message, std::uint32_t from) {
    const auto verified = verifier_.verify(std::move(message));
    check(verified.has_value(), "a test's message verifies");
    core_.step(*verified, ReplicaId(from));
    drain();
  }
  void answer_mark(std::uint32_t replica, std::uint64_t newest, std::uint64_t to_nonce = nonce) {
    MarkAnswer answer{ClientId(0), to_nonce, Timestamp(newest), ReplicaId(replica), View(0), {}};
    cluster_.replica(replica).sign(answer);
    receive(answer, replica);
  }
  OperationId submit(std::uint8_t content, std::size_t size = 3) {
    const OperationId id = core_.submit(Bytes(size, content));
    drain();
    return id;
  }
  void tick(std::uint64_t now) {
    core_.tick(SteadyTime(now));
    drain();
  }
  /// The leaf of an operation at t with this content, executed with this result.
  static Leaf leaf(std::uint64_t t, std::uint8_t content, std::uint8_t result = 1) {
    const Bytes operation(3, content);
    return {ClientId(0),
            Timestamp(t),
            operation_digest(ClientId(0), Timestamp(t), operation),
            SequenceNumber(1),
            0,
            OperationStatus::done,
            Bytes{result}};
  }
  void reply(std::uint32_t replica, const std::vector<Leaf>& leaves) {
    for (auto& [client, replies] : build_replies(cluster_.replica(replica), ReplicaId(replica), View(0), leaves)) {
      receive(replies, replica);
    }
  }
  void refuse(std::uint32_t replica, RefusalReason reason, std::uint64_t t) {
    receive(signed_refusal(cluster_.replica(replica), ReplicaId(replica), {reason, ClientId(0), Timestamp(t), {}, {}}),
            replica);
  }

  std::vector<ClientSend> sends;
  std::vector<Completion> completions;
  SteadyTime wake_up;

  std::vector<std::uint32_t> receivers() const {
    std::vector<std::uint32_t> replicas;
    for (const ClientSend& send : sends) {
      if (std::holds_alternative<Request>(*send.message)) replicas.push_back(send.to.value);
    }
    return replicas;
  }
  std::vector<BundlePtr> bundles() const {
    std::vector<BundlePtr> bundles;
    for (const ClientSend& send : sends) {
      if (const auto* request = std::get_if<Request>(send.message.get())) bundles.push_back(request->bundle);
    }
    return bundles;
  }
  std::uint64_t rejected(Reject reason) const { return core_.rejects()[static_cast<std::size_t>(reason)]; }
  ClientCore& core() { return core_; }
  const SampleCluster& cluster() const { return cluster_; }

 private:
  void drain() {
    ClientOutput output = core_.take_output();
    sends.insert(sends.end(), output.sends.begin(), output.sends.end());
    completions.insert(completions.end(), output.completions.begin(), output.completions.end());
    wake_up = output.wake_up;
  }

  SampleCluster cluster_;
  Ed25519Scheme scheme_;
  Ed25519Signer key_;
  Verifier verifier_;
  ClientCore core_;
};

/// A client that has learnt its first t from q answers of 0: it is W + 1 = 33.
class StartedClient : public ClientUnderTest {
 public:
  explicit StartedClient(std::uint32_t replicas = 4, ClientOptions options = {}) : ClientUnderTest(replicas, options) {
    for (std::uint32_t i = 0; i < cluster().genesis().quorums().quorum(); ++i) answer_mark(i, 0);
    sends.clear();
  }
};

}  // namespace quorate::testing
