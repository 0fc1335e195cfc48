// The parts of a core, and what one part's news means to the others. Private to core*.cc.
//
// core.cc makes the parts and hands time and the driver's news to them, core_messages.cc hands out messages,
// core_views.cc moves from view to view, core_rejoin.cc falls silent and speaks again. No rules of the protocol live in
// any of them.
#pragma once

#include "replica/core/admission.h"
#include "replica/core/bodies.h"
#include "replica/core/checkpoints.h"
#include "replica/core/context.h"
#include "replica/core/core.h"
#include "replica/core/decisions.h"
#include "replica/core/fetching.h"
#include "replica/core/muteness.h"
#include "replica/core/outbox.h"
#include "replica/core/pace.h"
#include "replica/core/proposer.h"
#include "replica/core/slots.h"
#include "replica/core/status_exchange.h"
#include "replica/core/view_changes.h"
#include "replica/core/view_timer.h"
#include "replica/core/waiting_rejoins.h"

namespace quorate {

class Core::Parts {
 public:
  Parts(const Genesis& genesis, ReplicaId self, const Signer& signer, const CoreOptions& options,
        const Recovered& recovered, Moment now);

  void step(const Message& message, Channel from);
  void tick(Moment now);
  void executed(const Executed& result);
  void persisted(RecordNumber through);
  void installed(SequenceNumber n, const Digest& root, const std::vector<ClientMark>& clients,
                 const std::vector<RejoinMark>& rejoins);
  void connected(ReplicaId peer);
  void disconnected(ReplicaId peer) { timer_.broken(peer); }
  bool wants(const VoteHeader& header) const;
  Output take_output();
  CoreStatus status() const;

  Checkpoints& checkpoints() { return checkpoints_; }

 private:
  struct FromReplica;

  void restore_view(const LogImage& log);
  void leave_for(View view, Grievance why);
  Grievance complaint() const;
  void follow();
  void enter(const NewViewPtr& new_view, const NewViewPlan& plan);
  void complain_if_late();
  void transfer_if_lost();
  void transfer();

  // core_rejoin.cc:
  std::optional<VoteHeader> own_vote(const Message& message) const;
  bool is_own(const VoteHeader& header) const;
  bool knows_own(const VoteHeader& header) const;
  bool wants_own(const VoteHeader& header) const;
  void returned(const VoteHeader& header, const Message& message);
  void speak_if_due();
  void rejoin(const Rejoin& rejoin, ReplicaId channel);

  void request(const BundlePtr& bundle, Channel from);
  void forward(const BundlePtr& bundle);
  void forward_all();
  bool pending() const;
  void watch();
  SteadyTime wake_up() const;

  Context context_;
  Outbox outbox_;
  Decisions decisions_;
  Bodies bodies_;
  Slots slots_;
  Checkpoints checkpoints_;
  ViewChanges view_changes_;
  Admission admission_;
  WaitingRejoins rejoins_;
  Muteness muteness_;
  ViewTimer timer_;
  Pace pace_;
  Proposer proposer_;
  Fetching fetching_;
  StatusExchange status_exchange_;
  std::optional<LeftView> left_;
  SteadyTime expected_tick_;
  bool transferring_ = false;  // the state is being fetched: nothing executes
};

}  // namespace quorate
