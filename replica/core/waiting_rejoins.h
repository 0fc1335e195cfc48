// REJOINs: which were executed, which wait to be ordered, and the floors that they set (replica/README.md, "Rejoin").
//
// Of each replica one REJOIN waits at most. It is timed and forwarded like an admitted request. Not here: our own loss
// (muteness.h).
#pragma once

#include <map>
#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "messages/rejoin.h"
#include "replica/core/admission.h"
#include "replica/core/context.h"

namespace quorate {

class WaitingRejoins {
 public:
  WaitingRejoins(const Context& context, Admission& admission, const std::vector<RejoinMark>& marks);

  /// `relayed`: it came from somebody else than its replica, and pushes out none that waits.
  /// Errors: already_executed, out_of_range (not the next one of its replica), duplicate, over_quota (another one
  /// waits, or one was executed a short while ago).
  tl::expected<void, Reject> admit(const Rejoin& rejoin, bool relayed);
  /// A slot was executed: what it contained is dropped.
  void executed(const Executed& result, const Batch* batch);
  void installed(const std::vector<RejoinMark>& marks);

  const RejoinMark& mark_of(ReplicaId replica) const { return marks_[replica.value]; }
  /// The highest floor: until h is there, some replica waits for slots to pass.
  SequenceNumber floor() const;

  bool empty() const { return waiting_.empty(); }
  /// When one that waits arrived (admission.h).
  std::optional<std::uint64_t> arrival_of(const Rejoin& rejoin) const;
  /// Every one that waits, by replica.
  std::vector<Rejoin> all() const;

  // As the primary:

  /// A view begins: everything that waits is to be proposed, but these.
  void restart(const std::vector<Rejoin>& proposed);
  /// Those that wait and are not proposed in this view, which they are from now on; by replica.
  std::vector<Rejoin> to_propose();

 private:
  struct Waiting {
    Rejoin rejoin;
    std::uint64_t arrival = 0;
    bool proposed = false;
  };

  void drop(ReplicaId replica);
  void drop_decided();

  const Context& context_;
  Admission& admission_;
  std::vector<RejoinMark> marks_;  // by replica; as the service has them
  std::map<ReplicaId, Waiting> waiting_;
  std::map<ReplicaId, SteadyTime> executed_;  // when the last one was, in this life
};

}  // namespace quorate
