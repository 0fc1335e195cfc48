// What every part of the core reads: who we are, the sizes, the view, the watermarks and the time of the last tick.
//
// Plain data without rules of its own. `low_watermark` is moved by the checkpoints alone, `now` by tick alone, `view`
// and `active` by core_views.cc alone, `mute` by the muteness alone.
#pragma once

#include <array>

#include "messages/genesis.h"
#include "messages/reject.h"
#include "messages/sign.h"
#include "replica/core/core.h"

namespace quorate {

struct Context {
  /// The signer must outlive this object.
  Context(const Genesis& of_cluster, ReplicaId id, const Signer& key, const CoreOptions& chosen, Moment start)
      : genesis(of_cluster),
        quorums(of_cluster.quorums()),
        self(id),
        signer(of_cluster.cluster_id(), key),
        options(chosen),
        now(start) {}

  Genesis genesis;
  Quorums quorums;
  ReplicaId self;
  MessageSigner signer;
  CoreOptions options;
  Moment now;  // of the last tick

  View view = {};
  bool active = true;                 // false: left the view before this one, and its NEW-VIEW is not here yet
  SequenceNumber low_watermark = {};  // h
  bool mute = false;                  // votes of ours may be forgotten: nothing of an agreement is signed
  std::array<std::uint64_t, reject_count> rejects = {};

  SequenceNumber high_watermark() const { return low_watermark + genesis.log_window; }  // H
  /// h < n ≤ H: acted upon.
  bool in_window(SequenceNumber n) const { return n > low_watermark && n <= high_watermark(); }
  /// h < n ≤ H + K: kept, and acted upon once h has risen.
  bool may_keep(SequenceNumber n) const {
    return n > low_watermark && n - low_watermark <= genesis.log_window + genesis.checkpoint_interval;
  }
  ReplicaId primary() const { return quorums.primary_of(view); }
  bool is_primary() const { return primary() == self; }
  /// May propose.
  bool leads() const { return active && is_primary() && !mute; }
  void reject(Reject reason) { ++rejects[static_cast<std::size_t>(reason)]; }
};

}  // namespace quorate
