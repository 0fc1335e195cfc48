// When a backup complains about the primary, and how long it waits for a view to begin (OSDI'99 sections 4.4 and
// 4.5.2; replica/README.md, "Timers").
//
// A request that is admitted here, or a slot that is known, must lead to executions: the timer fires when (a) nothing
// new was executed for the timeout, or (b) a request waits although one that arrived later was executed a timeout ago.
// Departure from the paper, whose timer a primary can keep quiet by serving a friend. Only first executions count;
// while nothing waits but a floor (waiting_rejoins.h), each slot up to it does. A quarter of the timeout is enough when
// our connection to the primary has broken, others know of the work too, and no slot becomes known either. A replica
// that is behind f+1 others waits for what they have, not for the primary, and complains about nobody.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "replica/core/admission.h"
#include "replica/core/context.h"
#include "replica/core/waiting_rejoins.h"

namespace quorate {

class ViewTimer {
 public:
  ViewTimer(const Context& context, Admission& admission, const WaitingRejoins& rejoins);

  /// Time has passed; `expected`: when this tick was wanted at the latest. A tick that comes much later finds that this
  /// process slept, which says nothing about the primary: true.
  bool tick(SteadyTime expected);

  // --- while the view is active ---

  /// A batch arrived: what it holds was seen by now.
  void arrived(SequenceNumber n);
  /// Slot n was executed; `batch` null for the null batch. Requires that admission and REJOINs do not know yet.
  void executed(const Executed& result, const Batch* batch);
  /// What there is to wait for; told after whatever may change it.
  struct Work {
    bool pending = false;          // something is admitted, or known, and not executed
    bool behind = false;           // f+1 others have executed our first missing slot
    bool shared = false;           // of what is pending, others know too: admitted, or voted on by f+1
    SequenceNumber highest_known;  // by the primary's word or that of f+1
  };
  void watch(const Work& work);
  /// The connection to a peer has broken; or there is one again.
  void broken(ReplicaId peer) { broken_.try_emplace(peer, context_.now.steady); }
  void connected(ReplicaId peer) { broken_.erase(peer); }
  /// What to complain about, if anything.
  Grievance complaint() const;

  // --- between views ---

  /// We left for another view: the next timeout is doubled, unless the view that was left had served for long.
  void left();
  /// The timer of a view that is not active starts, once.
  void start_waiting();
  bool waited_enough() const;
  void entered();

  std::uint64_t timeout_us() const { return timeout_us_; }
  std::optional<SteadyTime> next() const;

 private:
  std::uint64_t latest_arrival(SequenceNumber n, const Batch& batch) const;
  std::optional<SteadyTime> overtaken_since() const;
  std::optional<SteadyTime> primary_gone_since() const;

  const Context& context_;
  Admission& admission_;
  const WaitingRejoins& rejoins_;
  std::uint64_t timeout_us_;
  SteadyTime quiet_since_;  // the last new execution, or when something began to be pending
  Work work_;
  SteadyTime stirred_at_;                    // the last time at which a slot became known
  std::map<ReplicaId, SteadyTime> broken_;   // connections, since when
  std::optional<SteadyTime> served_since_;   // nothing while no view is active
  std::optional<SteadyTime> waiting_since_;  // for a view to begin

  std::map<SequenceNumber, std::uint64_t> batch_arrival_;  // not executed yet
  // When a request of this arrival was executed before all earlier ones were; both ascend.
  std::map<std::uint64_t, SteadyTime> overtaking_;
  std::uint64_t slots_executed_ = 0;  // since the timeout last changed
};

}  // namespace quorate
