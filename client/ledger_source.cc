#include "client/ledger_source.h"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <set>
#include <utility>

#include "crypto/random.h"
#include "messages/codec.h"

namespace quorate {
namespace {

constexpr std::chrono::milliseconds again{250};
constexpr std::chrono::milliseconds moment{100};  // for those that answer a little later than enough others

}  // namespace

class ClusterLedger::One final : public LedgerSource {
 public:
  One(ClusterLedger& ledger, ReplicaId replica) : ledger_(ledger), replica_(replica) {}

  std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) override {
    Answers answers = ledger_.ask({replica_}, LedgerQuery{ledger_.self_, 0, first, count, wants, {}}, 1);
    if (answers.empty()) return std::nullopt;
    return std::move(answers.begin()->second);
  }

  std::vector<LedgerAnswer> heads(SequenceNumber n, std::size_t enough) override {
    std::vector<LedgerAnswer> all;
    for (auto& [replica, answer] : ledger_.ask_all(n, enough)) all.push_back(std::move(answer));
    return all;
  }

 private:
  ClusterLedger& ledger_;
  ReplicaId replica_;
};

ClusterLedger::ClusterLedger(const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
                             std::chrono::milliseconds patience)
    : self_(self),
      key_(seed),
      signer_(cluster.genesis.cluster_id(), key_),
      verifier_(cluster.genesis, scheme_, 0),
      patience_(patience),
      links_(context_.get_executor(), Identity{self, cluster.genesis.cluster_id(), &signer_, &verifier_},
             cluster.addresses) {
  for (std::uint32_t i = 0; i < cluster.addresses.size(); ++i) all_.emplace_back(i);
  const auto take = [this](ReplicaId from, const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) {
      auto message = decode(frame);
      if (!message || !std::holds_alternative<LedgerAnswer>(*message)) continue;
      auto& answer = std::get<LedgerAnswer>(*message);
      if (answer.replica == from && on_answer_ && verifier_.verify(Message(answer))) {
        on_answer_(from, std::move(answer));
      }
    }
  };
  links_.start(owner_, take, [this](ReplicaId replica, bool connected) {
    if (connected && on_connected_) on_connected_(replica);
  });
}

ClusterLedger::~ClusterLedger() { links_.stop(); }

std::unique_ptr<LedgerSource> ClusterLedger::of(ReplicaId replica) { return std::make_unique<One>(*this, replica); }

ClusterLedger::Answers ClusterLedger::ask_all(SequenceNumber first, std::size_t enough) {
  return ask(all_, LedgerQuery{self_, 0, first, 0, {}, {}}, enough);
}

ClusterLedger::Answers ClusterLedger::ask(const std::vector<ReplicaId>& whom, LedgerQuery query, std::size_t enough) {
  query.nonce = random_u64();
  signer_.sign(query);
  const FramePtr question = frame_of(query);
  Answers answers;
  std::set<ReplicaId> done;  // who has executed so far: the others are asked again
  bool over = false;
  asio::steady_timer end(context_, patience_);
  const auto end_it = [&](const asio::error_code& cancelled) {
    if (!cancelled) over = true;
  };
  end.async_wait(end_it);
  asio::steady_timer repeat(context_);
  const std::function<void()> send = [&] {
    for (const ReplicaId replica : whom) {
      if (!done.contains(replica)) links_.send(replica, question);
    }
    repeat.expires_after(again);
    repeat.async_wait([&](const asio::error_code& cancelled) {
      if (!cancelled) send();
    });
  };
  on_connected_ = [&](ReplicaId replica) {
    if (std::find(whom.begin(), whom.end(), replica) != whom.end()) links_.send(replica, question);
  };
  on_answer_ = [&](ReplicaId from, LedgerAnswer answer) {
    if (answer.nonce != query.nonce || answer.client != self_ || done.contains(from)) return;
    const bool far_enough = answer.newest >= query.first;
    answers.insert_or_assign(from, std::move(answer));
    if (!far_enough || !done.insert(from).second || done.size() != enough) return;
    if (end.expires_after(std::min(moment, patience_)) > 0) end.async_wait(end_it);
  };
  send();
  context_.restart();
  while (!over && done.size() < whom.size()) context_.run_one();
  on_answer_ = nullptr;
  on_connected_ = nullptr;
  end.cancel();
  repeat.cancel();
  context_.restart();
  context_.poll();  // the timers' handlers refer to this frame
  return answers;
}

}  // namespace quorate
