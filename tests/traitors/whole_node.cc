// Traitors that are more than one lie: those that wait, and those that also schedule the network.
#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

/// Colluders whose network it is: each half of the replicas gets a batch of its own and all colluders' votes for it,
/// and the votes of the loyal cross the line between the halves late.
class Scheduler : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const Message& message = *parcel.message;
    if (const auto* mine = own<PrePrepare>(message, me); mine != nullptr && mine->batch)
      return split(*mine, parcel, me);
    const auto* prepare = own<Prepare>(message, me);
    const auto* commit = own<Commit>(message, me);
    if (prepare != nullptr && me.scratch.halves.contains({prepare->view, prepare->n})) return;
    if (commit != nullptr && me.scratch.halves.contains({commit->view, commit->n})) return;
    me.pass(parcel);
  }
  /// What the colluders split, each of them votes for on its own connections.
  void idle(Self& me) override {
    for (const auto& [slot, digests] : me.scratch.halves) {
      if (!voted_.insert(slot).second) continue;
      for (std::uint32_t i = 0; i < me.quorums.replicas(); ++i) {
        const Digest& digest = digests[i % 2];
        if (!me.leads(slot.first)) me.lie(ReplicaId(i), Prepare{slot.first, slot.second, digest, me.id, {}});
        me.lie(ReplicaId(i), Commit{slot.first, slot.second, digest, me.id, {}}, 1'000);
      }
    }
  }
  std::uint64_t hold_up_us(ReplicaId from, ReplicaId to, const Message& message, Self& me) override {
    const bool vote = std::holds_alternative<Prepare>(message) || std::holds_alternative<Commit>(message);
    return vote && from.value % 2 != to.value % 2 ? me.patience_us / 3 : 0;
  }

 private:
  static void split(const PrePrepare& mine, const Parcel& parcel, Self& me) {
    PrePrepare other = with_batch(mine, sibling(*mine.batch));
    me.scratch.halves[{mine.header.view, mine.header.n}] = {mine.header.digest, other.header.digest};
    if (me.alike(parcel.to)) return me.pass(parcel);
    me.lie(parcel.to, std::move(other));
  }
  std::set<std::pair<View, SequenceNumber>> voted_;
};

/// Loyal until the first checkpoint is stable; from then on it equivocates, votes twice and hides certificates.
class Sleeper : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    if (me.low_watermark.value == 0) return me.pass(parcel);
    for (const auto& habit : habits_) {
      const std::size_t index = &habit - habits_.data();
      const bool concerns = (index == 0 && own<PrePrepare>(*parcel.message, me) != nullptr) ||
                            (index == 1 && own<Prepare>(*parcel.message, me) != nullptr) ||
                            (index == 2 && own<ViewChange>(*parcel.message, me) != nullptr);
      if (concerns) return habit->leaving(parcel, me);
    }
    me.pass(parcel);
  }

 private:
  std::vector<std::unique_ptr<Traitor>> habits_ = [] {
    std::vector<std::unique_ptr<Traitor>> habits;
    for (const char* name : {"equivocate", "two-prepares", "hide-certificates"}) {
      habits.push_back(find_kind(name)->make());
    }
    return habits;
  }();
};

}  // namespace

std::vector<Kind> whole_node() {
  return {
      kind<Scheduler>(64, "scheduler", "colludes with the others, equivocates, and delays votes across a line"),
      kind<Scheduler>(67, "control", "the scheduler again: f+1 of these break the cluster, and the checkers must fire"),
      kind<Sleeper>(65, "sleeper", "loyal until a checkpoint, then equivocates, votes twice and hides certificates"),
  };
}

}  // namespace quorate::traitors
