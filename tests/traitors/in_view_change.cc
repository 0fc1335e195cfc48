// Traitors that lie in their VIEW-CHANGEs (OSDI'99 section 4.4).
#include <algorithm>

#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

/// A VIEW-CHANGE that promises nothing; any replica may honestly send such a one at the start.
ViewChange empty_handed(const Self& me, View view) { return {view, {}, std::nullopt, {}, me.id, {}}; }

/// Wants the next view all the time.
class Impatient : public Traitor {
 public:
  void idle(Self& me) override { me.lie_to_all(empty_handed(me, me.view + 1)); }
};

/// A VIEW-CHANGE for each view there is, and for 2^63.
class EachView : public Traitor {
 public:
  void idle(Self& me) override {
    next_ = std::max(next_, me.view) + 1;
    me.lie_to_all(empty_handed(me, next_));
    if (me.below(50) == 0) me.lie_to_all(empty_handed(me, View(std::uint64_t{1} << 63)));
  }

 private:
  View next_;
};

class HideCertificates : public LiesIn<ViewChange> {
 public:
  void lie(ViewChange mine, const Parcel& parcel, Self& me) override {
    if (mine.prepared.empty() && !mine.stable) return me.pass(parcel);
    me.lie(parcel.to, empty_handed(me, mine.view));
  }
};

/// Its certificates say (view, n, digest) as genuine ones do, or contradict them, and prove nothing.
class ForgedCertificate : public LiesIn<ViewChange> {
 public:
  void lie(ViewChange mine, const Parcel& parcel, Self& me) override {
    if (mine.prepared.empty()) return me.pass(parcel);
    for (PreparedCertificate& part : mine.prepared) {
      if (!me.alike(parcel.to)) part.header.digest = null_digest();
      part.prepares.front().signature = spoilt(part.prepares.front().signature);
    }
    me.lie(parcel.to, std::move(mine));
  }
};

/// P of one signer many times, with the primary's PREPARE, or of fellows' votes for another digest.
class ThinCertificate : public LiesIn<ViewChange> {
 public:
  void lie(ViewChange mine, const Parcel& parcel, Self& me) override {
    if (mine.prepared.empty()) return me.pass(parcel);
    PreparedCertificate& part = mine.prepared.back();
    const auto prepare = [&](ReplicaId replica, const MessageSigner& keys) {
      Prepare vote{part.header.view, part.header.n, part.header.digest, replica, {}};
      keys.sign(vote);
      return SignedBy{replica, vote.signature};
    };
    const ReplicaId primary = me.quorums.primary_of(part.header.view);
    switch (me.below(4)) {
      case 0:  // its own signature over and over
        std::fill(part.prepares.begin(), part.prepares.end(), prepare(me.id, me.keys));
        break;
      case 1:  // in the place of one of q-1 backups, the primary
        part.prepares.front() = {primary, part.primary_signature};
        break;
      case 2:  // one signer too few
        part.prepares.pop_back();
        break;
      default:  // another digest, as far as the traitors' own keys reach
        part.header.digest = other_digest(me, part.header.view, part.header.n, part.header.digest);
        if (const auto key = me.scratch.keys.find(primary); key != me.scratch.keys.end()) {
          part.primary_signature = key->second.sign_header(part.header);
        }
        for (SignedBy& by : part.prepares) {
          const auto key = me.scratch.keys.find(by.replica);
          if (key != me.scratch.keys.end()) by = prepare(by.replica, key->second);
        }
    }
    me.lie(parcel.to, std::move(mine));
  }
};

/// h without a proof, with a thin one, with one of another n, and h that is too high.
class BadProof : public LiesIn<ViewChange> {
 public:
  void lie(ViewChange mine, const Parcel& parcel, Self& me) override {
    switch (me.below(4)) {
      case 0:
        mine.low_watermark = mine.low_watermark + me.genesis.checkpoint_interval;
        if (mine.stable) mine.stable->n = mine.low_watermark;
        break;
      case 1:
        mine.low_watermark = mine.low_watermark + me.genesis.checkpoint_interval;
        break;
      case 2:
        if (!mine.stable) return me.pass(parcel);
        mine.stable->checkpoints.front() = mine.stable->checkpoints.back();
        break;
      default:
        if (!mine.stable) return me.pass(parcel);
        mine.stable.reset();
    }
    mine.prepared.clear();
    me.lie(parcel.to, std::move(mine));
  }
};

/// The whole truth to some, nothing to others, and a part to the rest.
class TwoFaced : public LiesIn<ViewChange> {
 public:
  void lie(ViewChange mine, const Parcel& parcel, Self& me) override {
    const auto* to = std::get_if<ReplicaId>(&parcel.to);
    if (to == nullptr || to->value % 3 == 0 || (mine.prepared.empty() && !mine.stable)) return me.pass(parcel);
    if (to->value % 3 == 1) return me.lie(parcel.to, empty_handed(me, mine.view));
    if (!mine.prepared.empty()) mine.prepared.pop_back();
    me.lie(parcel.to, std::move(mine));
  }
};

/// Goes on voting in a view that it left: for all slots that it heard of.
class OldVotes : public Traitor {
 public:
  bool arriving(const Message& message, const Channel&, Self& me) override {
    const auto* theirs = std::get_if<PrePrepare>(&message);
    if (theirs == nullptr) return true;
    if (slots_.empty() || slots_.back() != theirs->header) slots_.push_back(theirs->header);
    if (slots_.size() > 32) slots_.erase(slots_.begin());
    (void)me;
    return true;
  }
  void idle(Self& me) override {
    for (const PrePrepareHeader& slot : slots_) {
      if (slot.view >= me.view) continue;
      const ReplicaId laggard(static_cast<std::uint32_t>(me.below(me.quorums.replicas())));
      me.lie(laggard, Prepare{slot.view, slot.n, slot.digest, me.id, {}});
      me.lie(laggard, Commit{slot.view, slot.n, slot.digest, me.id, {}});
    }
  }

 private:
  std::vector<PrePrepareHeader> slots_;
};

}  // namespace

std::vector<Kind> in_view_change() {
  return {
      kind<Impatient>(30, "impatient", "sends a VIEW-CHANGE for the next view all the time"),
      kind<EachView>(31, "each-view", "sends a VIEW-CHANGE for each view there is, and for 2^63"),
      kind<HideCertificates>(32, "hide-certificates", "leaves its certificates and its h out of its VIEW-CHANGE"),
      kind<ForgedCertificate>(33, "forged-certificate", "forges certificates that collide with genuine ones"),
      kind<ThinCertificate>(34, "thin-certificate",
                            "certificates of one signer many times, of the primary, of fellows"),
      kind<BadProof>(35, "bad-proof", "claims an h without proof, with another's, with one signer twice"),
      kind<TwoFaced>(36, "two-faced", "sends different VIEW-CHANGEs to different peers"),
      kind<OldVotes>(45, "old-votes", "votes on in views that it left, towards some"),
  };
}

}  // namespace quorate::traitors
