// I10 as well: a replica that is mute by its log signs no PREPARE and no COMMIT. What it signed before it knew
// may leave still; what it recorded while it was mute may not.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class MuteIsSilent final : public Observer {
 public:
  explicit MuteIsSilent(const WholeCluster& all) : all_(all) {}

  void restarted(ReplicaId replica, SequenceNumber) override {
    recorded_[replica].clear();
    mute_[replica] = all_.disks[replica.value]->log().mute.has_value();
  }
  void durable(ReplicaId replica, const LogRecord& record) override {
    if (std::holds_alternative<MuteRecord>(record)) mute_[replica] = true;
    if (std::holds_alternative<SpeakRecord>(record)) {
      mute_[replica] = false;
      recorded_[replica].clear();
    }
    if (!mute_[replica]) return;
    if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
      const PrePrepareHeader& header = accepted->pre_prepare.header;
      recorded_[replica].insert({MessageType::prepare, header.view, header.n});
    } else if (const auto* prepared = std::get_if<PreparedRecord>(&record)) {
      const PrePrepareHeader& header = prepared->certificate.header;
      recorded_[replica].insert({MessageType::commit, header.view, header.n});
    }
  }
  void sent(ReplicaId replica, const Message& message) override {
    if (!mute_[replica]) return;
    if (const auto* prepare = std::get_if<Prepare>(&message)) {
      if (prepare->replica == replica) demand({MessageType::prepare, prepare->view, prepare->n}, replica);
    } else if (const auto* commit = std::get_if<Commit>(&message)) {
      if (commit->replica == replica) demand({MessageType::commit, commit->view, commit->n}, replica);
    }
  }

 private:
  using Vote = std::tuple<MessageType, View, SequenceNumber>;

  void demand(const Vote& vote, ReplicaId replica) {
    if (!recorded_[replica].contains(vote)) return;
    throw Broken("I10 a mute replica signs nothing: " + name(replica) + " sent message type " +
                 std::to_string(static_cast<int>(std::get<MessageType>(vote))) + " for " +
                 name(std::get<SequenceNumber>(vote)));
  }

  WholeCluster all_;
  std::map<ReplicaId, bool> mute_;                // by the order of its records
  std::map<ReplicaId, std::set<Vote>> recorded_;  // while mute
};

}  // namespace quorate::simulation
