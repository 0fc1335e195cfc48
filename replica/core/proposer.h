// The primary's batches: what is pending goes out as soon as a slot of the pipeline is free (OSDI'99 section 4.2).
//
// No batch waits to be filled, so batches grow with the load. Bundles that backups forwarded stand in one queue for
// each backup, served in turn before new client traffic: so no replica and no client can starve another's requests.
// While a replica that rejoins waits for slots to pass, and nothing else is there to be ordered, null batches go out.
#pragma once

#include <deque>
#include <vector>

#include "replica/core/admission.h"
#include "replica/core/context.h"
#include "replica/core/decisions.h"
#include "replica/core/slots.h"
#include "replica/core/waiting_rejoins.h"

namespace quorate {

class Proposer {
 public:
  Proposer(const Context& context, const Admission& admission, WaitingRejoins& rejoins, const Decisions& decisions,
           Slots& slots);

  /// An admitted bundle, and who handed it in.
  void add(const BundlePtr& bundle, Channel from);
  /// A view begins that we lead: what is admitted and not in a slot of it already is to be proposed.
  void restart();
  /// Proposes while the pipeline has room and something is pending. Does nothing unless we lead.
  void propose();
  /// When the next null batch is due; nothing while none is wanted.
  std::optional<SteadyTime> next() const;

 private:
  /// The next bundle that is still admitted; null when no queue has one.
  BundlePtr front();
  void pop();
  /// What a batch has room for beside so many entries and bytes.
  std::vector<BundlePtr> gather(std::size_t entries, std::size_t bytes);
  void propose(SequenceNumber n, const BatchPtr& batch);
  bool null_is_wanted() const;
  SequenceNumber next_free() const;

  using Queue = std::deque<BundlePtr>;

  const Context& context_;
  const Admission& admission_;
  WaitingRejoins& rejoins_;
  const Decisions& decisions_;
  Slots& slots_;
  std::vector<Queue> queues_;  // one for each replica, then that of the clients
  std::size_t turn_ = 0;       // of which replica's queue the next forwarded bundle is taken
  Queue* chosen_ = nullptr;    // where front() found its bundle
  SteadyTime next_null_;
};

}  // namespace quorate
