// I10: no loyal replica contradicts itself: one digest for each (type, view, n) that ever left it, across restarts, and
// no vote in a view that it left.
#pragma once

#include <map>
#include <tuple>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class NoContradiction final : public Observer {
 public:
  void sent(ReplicaId replica, const Message& message) override {
    if (const auto* pre_prepare = std::get_if<PrePrepare>(&message)) {
      if (primary_of(pre_prepare->header.view) != replica) return;  // relayed
      const auto& [view, n, digest] = pre_prepare->header;
      said(replica, MessageType::pre_prepare, view, n, digest);
    } else if (const auto* prepare = std::get_if<Prepare>(&message)) {
      said(replica, MessageType::prepare, prepare->view, prepare->n, prepare->digest);
    } else if (const auto* commit = std::get_if<Commit>(&message)) {
      said(replica, MessageType::commit, commit->view, commit->n, commit->digest);
    } else if (const auto* checkpoint = std::get_if<Checkpoint>(&message)) {
      said(replica, MessageType::checkpoint, View(), checkpoint->n, checkpoint->root);
    } else if (const auto* view_change = std::get_if<ViewChangePtr>(&message)) {
      const ViewChange& m = **view_change;
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
    if (const auto* left = std::get_if<ViewChangeRecord>(&record)) {
      left_[replica] = left->view_change->view;
    } else if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
      stays_away(replica, accepted->pre_prepare.header);
    } else if (const auto* prepared = std::get_if<PreparedRecord>(&record)) {
      stays_away(replica, prepared->certificate.header);
    }
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
  std::map<ReplicaId, View> left_;  // a VIEW-CHANGE for this view was sent
  std::map<std::tuple<ReplicaId, MessageType, View, SequenceNumber>, Digest> said_;
};

}  // namespace quorate::simulation
