// From one view to the next: VIEW-CHANGEs given and taken, and the NEW-VIEW made of them (OSDI'99 section 4.4;
// replica/README.md, "View change").
//
// Says when a view is to be joined or entered; moving there is the business of core_views.cc. A peer's VIEW-CHANGE is
// the highest that it sent. Departures from the paper: replicas join the highest view that f+1 others have reached, and
// the timer of a view that is not active runs from the moment at which q replicas are known to be there or beyond.
#pragma once

#include <optional>
#include <vector>

#include "replica/core/bodies.h"
#include "replica/core/checkpoints.h"
#include "replica/core/context.h"
#include "replica/core/new_view_rules.h"
#include "replica/core/outbox.h"
#include "replica/core/slots.h"

namespace quorate {

class ViewChanges {
 public:
  ViewChanges(Context& context, Outbox& outbox, const Slots& slots, Bodies& bodies);

  void restore(const LogImage& log);

  /// Leaves for the context's view, which is not active: composes our VIEW-CHANGE, behind everything that it promises.
  void announce(const std::optional<StableCheckpoint>& stable, std::vector<PreparedCertificate> prepared);
  /// Our own may have left and counts from now on.
  void count(const ViewChangePtr& own);

  void step(const ViewChangePtr& message);
  /// True when it is valid and to be entered. What it demands is in `plan`.
  bool step(const NewViewPtr& message, NewViewPlan& plan);

  /// The highest view that f+1 others have reached, if we have not.
  std::optional<View> to_join() const;
  /// True when q replicas, with us, are known to be in the context's view or beyond.
  bool quorum_is_here() const;
  /// As the primary of the context's view: the NEW-VIEW, once V is complete and every body of O is here.
  NewViewPtr assemble(NewViewPlan& plan);
  /// It is entered: kept, in the log too, until a later one is. Its record.
  RecordNumber entered(const NewViewPtr& new_view);

  /// Sends a peer in view `view` what it lacks to follow us.
  void send_to(ReplicaId peer, View view, bool active);
  bool wants(const VoteHeader& header) const;
  /// Whether a VIEW-CHANGE or NEW-VIEW of ours for this view is no surprise: it or something later is in the log.
  bool knows_own(MessageType type, View view) const;
  /// Takes over our own VIEW-CHANGE, which our log has forgotten and a peer returns: the context's view is its view.
  void adopt(const ViewChangePtr& own);
  /// Sends a peer in `view` its own VIEW-CHANGE for a later one, which it may have forgotten.
  void return_vote(View view, ReplicaId peer);
  const ViewChangePtr& own() const { return own_; }
  const NewViewPtr& new_view() const { return new_view_; }

 private:
  struct Peer {
    ViewChangePtr view_change;  // its highest
    View reached;               // known by a VIEW-CHANGE or NEW-VIEW
  };

  bool newer(View view) const { return view > context_.view || (view == context_.view && !context_.active); }
  std::vector<ViewChangePtr> choose() const;

  Context& context_;
  Outbox& outbox_;
  const Slots& slots_;
  Bodies& bodies_;
  std::vector<Peer> peers_;  // our own entry counts once our message may have left
  ViewChangePtr own_;
  RecordNumber own_record_;
  NewViewPtr new_view_;  // of the newest view that was active here; null: view 0
  RecordNumber new_view_record_;
};

}  // namespace quorate
