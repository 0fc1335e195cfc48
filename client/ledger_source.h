// Asks the replicas of a cluster about the ledger: one connection to each, questions again until they are answered.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "client/ledger_proof.h"
#include "client/links.h"
#include "crypto/ed25519.h"
#include "messages/cluster_file.h"
#include "messages/sign.h"

namespace quorate {

class ClusterLedger {
 public:
  /// Any client key will do: asking takes no timestamp. A replica that does not answer within `patience` is silent.
  ClusterLedger(const ClusterFile& cluster, ClientId self, const SecretSeed& seed, std::chrono::milliseconds patience);
  ~ClusterLedger();

  using Answers = std::map<ReplicaId, LedgerAnswer>;
  /// What each replica answers, its signature checked. Those that have not executed `first` yet are asked again.
  /// Returns once all have answered, or `enough` and a moment later, or when the time is over.
  Answers ask_all(SequenceNumber first, std::size_t enough);
  /// One replica as the source of blocks; heads come from all. Must not outlive this object.
  std::unique_ptr<LedgerSource> of(ReplicaId replica);

 private:
  class One;

  Answers ask(const std::vector<ReplicaId>& whom, LedgerQuery query, std::size_t enough);

  ClientId self_;
  Ed25519Signer key_;
  Ed25519Scheme scheme_;
  MessageSigner signer_;
  Verifier verifier_;
  std::chrono::milliseconds patience_;
  std::vector<ReplicaId> all_;
  asio::io_context context_{1};
  Links links_;
  std::shared_ptr<int> owner_ = std::make_shared<int>();
  std::function<void(ReplicaId, LedgerAnswer)> on_answer_;
  std::function<void(ReplicaId)> on_connected_;
};

}  // namespace quorate
