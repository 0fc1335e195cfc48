#include "replica/intake.h"

#include <optional>
#include <utility>

#include "messages/codec.h"

namespace quorate {
namespace {

/// Who asks something that the core does not answer; nothing: it is no such question.
std::optional<ClientId> asking_client(const Message& message) {
  if (const auto* mark = std::get_if<MarkQuery>(&message)) return mark->client;
  if (const auto* health = std::get_if<HealthQuery>(&message)) return health->client;
  if (const auto* ledger = std::get_if<LedgerQuery>(&message)) return ledger->client;
  return std::nullopt;
}

}  // namespace

Intake::Intake(const Genesis& genesis, Core& core, VerifyPool& verifiers, OnQuery on_query, OnExchange on_exchange)
    : quorums_(genesis.quorums()),
      core_(core),
      verifiers_(verifiers),
      on_query_(std::move(on_query)),
      on_exchange_(std::move(on_exchange)) {}

void Intake::add(const Peer& from, std::vector<Bytes> frames) {
  for (Bytes& frame : frames) {
    if (std::holds_alternative<ReplicaId>(from)) {
      of_replicas_.push_back({from, std::move(frame)});
    } else if (client_bytes_ + frame.size() <= client_bytes_max) {
      client_bytes_ += frame.size();
      of_clients_.push_back({from, std::move(frame)});
    }
  }
}

bool Intake::work(SteadyTime now) {
  for (const Waiting& waiting : std::exchange(of_replicas_, {})) take(waiting, now);
  for (std::size_t i = 0; i < client_frames_per_turn && !of_clients_.empty(); ++i) {
    const Waiting waiting = std::move(of_clients_.front());
    of_clients_.pop_front();
    client_bytes_ -= waiting.frame.size();
    take(waiting, now);
  }
  step_gathered(now);
  return !of_clients_.empty();
}

void Intake::take(const Waiting& waiting, SteadyTime now) {
  auto message = decode(waiting.frame);
  if (!message) return rejects_.note(waiting.from, message.error(), now);
  if (!wanted(*message)) return;
  gathered_from_.push_back(waiting.from);
  gathered_.push_back(std::move(*message));
  // With nobody to share with, each message is stepped before the next one is asked about.
  const std::size_t enough = verifiers_.helpers() == 0 ? 1 : 8 * (verifiers_.helpers() + 1);
  if (gathered_.size() >= enough) step_gathered(now);
}

void Intake::step_gathered(SteadyTime now) {
  const std::vector<Peer> from = std::exchange(gathered_from_, {});
  const auto verdicts = verifiers_.verify(std::exchange(gathered_, {}));
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (verdicts[i]) {
      step(from[i], *verdicts[i], now);
    } else {
      rejects_.note(from[i], verdicts[i].error(), now);
    }
  }
}

void Intake::step(const Peer& from, const Verified<Message>& message, SteadyTime now) {
  if (const auto* replica = std::get_if<ReplicaId>(&from); replica != nullptr && on_exchange_(*replica, *message)) {
    return;
  }
  const std::optional<ClientId> asking = asking_client(*message);
  if (!asking) return core_.step(message, from);
  if (from != Peer(*asking)) return rejects_.note(from, Reject::sender_not_channel, now);
  on_query_(*asking, *message);
}

bool Intake::wanted(const Message& message) const {
  const auto* pre_prepare = std::get_if<PrePrepare>(&message);
  const ReplicaId primary = pre_prepare != nullptr ? quorums_.primary_of(pre_prepare->header.view) : ReplicaId();
  const auto header = vote_header(message, primary);
  return !header || core_.wants(*header);
}

}  // namespace quorate
