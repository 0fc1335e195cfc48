// I10: no loyal replica contradicts itself: one digest for each (type, view, n) that ever left it, across restarts and
// losses of its disk, and no vote in a view that it left.
//
// A replica whose disk was rolled back is bad until it notices; it is looked at again when it speaks again. A loss
// forgets what was said of views: that limit of the model is stated in replica/README.md.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class NoContradiction final : public Observer {
 public:
  void sent(ReplicaId replica, const Message& message) override {
    if (rolled_back_.contains(replica)) return;
    if (const auto* pre_prepare = std::get_if<PrePrepare>(&message)) {
      if (primary_of(pre_prepare->header.view) != replica) return;  // relayed
      const auto& [view, n, digest] = pre_prepare->header;
      said(replica, MessageType::pre_prepare, view, n, digest);
    } else if (const auto* prepare = std::get_if<Prepare>(&message)) {
      if (prepare->replica != replica) return;  // returned to who signed it; likewise below
      said(replica, MessageType::prepare, prepare->view, prepare->n, prepare->digest);
    } else if (const auto* commit = std::get_if<Commit>(&message)) {
      if (commit->replica != replica) return;
      said(replica, MessageType::commit, commit->view, commit->n, commit->digest);
    } else if (const auto* checkpoint = std::get_if<Checkpoint>(&message)) {
      if (checkpoint->replica != replica) return;
      said(replica, MessageType::checkpoint, View(), checkpoint->n, checkpoint->root);
    } else if (const auto* view_change = std::get_if<ViewChangePtr>(&message)) {
      const ViewChange& m = **view_change;
      if (m.replica != replica) return;
      said(replica, MessageType::view_change, m.view, {}, digest_of("said", payload_of(m)));
    } else if (const auto* new_view = std::get_if<NewViewPtr>(&message)) {
      const NewView& m = **new_view;
      if (primary_of(m.view) == replica) {
        said(replica, MessageType::new_view, m.view, {}, digest_of("said", payload_of(m)));
      }
    }
  }
  /// Records become durable in the order in which they were made, and no vote is signed without one.
  void durable(ReplicaId replica, const LogRecord& record) override {
    if (std::holds_alternative<MuteRecord>(record)) mute_.insert(replica);
    if (std::holds_alternative<SpeakRecord>(record)) {
      mute_.erase(replica);
      rolled_back_.erase(replica);
    }
    if (mute_.contains(replica) || rolled_back_.contains(replica)) return;  // what it records promises nothing
    if (const auto* left = std::get_if<ViewChangeRecord>(&record)) {
      left_[replica] = left->view_change->view;
    } else if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
      stays_away(replica, accepted->pre_prepare.header);
    } else if (const auto* prepared = std::get_if<PreparedRecord>(&record)) {
      stays_away(replica, prepared->certificate.header);
    }
  }
  void lost(ReplicaId replica, bool rolled_back) override {
    left_.erase(replica);
    std::erase_if(said_, [&](const auto& entry) {
      const auto& [who, type, view, n] = entry.first;
      return who == replica && (type == MessageType::view_change || type == MessageType::new_view);
    });
    rolled_back ? rolled_back_.insert(replica) : mute_.insert(replica);
  }
  explicit NoContradiction(const WholeCluster& all) : quorums_(all.genesis->quorums()) {}

 private:
  void stays_away(ReplicaId replica, const PrePrepareHeader& header) {
    if (header.view >= left_[replica]) return;
    throw Broken("I10 no replica contradicts itself: " + name(replica) + " votes on " + name(header.n) + " in " +
                 name(header.view) + " and had left it");
  }
  ReplicaId primary_of(View view) const { return quorums_.primary_of(view); }
  void said(ReplicaId replica, MessageType type, View view, SequenceNumber n, const Digest& digest) {
    const auto [first, fresh] = said_.try_emplace({replica, type, view, n}, digest);
    if (fresh || first->second == digest) return;
    throw Broken("I10 no replica contradicts itself: " + name(replica) + " sent message type " +
                 std::to_string(static_cast<int>(type)) + " for " + name(view) + ", " + name(n) + " with " +
                 name(first->second) + " and with " + name(digest));
  }
  Quorums quorums_;
  std::set<ReplicaId> mute_;
  std::set<ReplicaId> rolled_back_;  // and not yet noticed
  std::map<ReplicaId, View> left_;   // a VIEW-CHANGE for this view was sent
  std::map<std::tuple<ReplicaId, MessageType, View, SequenceNumber>, Digest> said_;
};

}  // namespace quorate::simulation
