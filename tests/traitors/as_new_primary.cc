// Traitors that lead the next view and lie about how it begins (OSDI'99 section 4.4).
#include <algorithm>

#include "replica/core/new_view_rules.h"
#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

SignedHeader header(const Self& me, View view, SequenceNumber n, const Digest& digest) {
  const PrePrepareHeader said{view, n, digest};
  return {said, me.keys.sign_header(said)};
}

/// What was prepared becomes null, or is left out at the end.
class NullPrepared : public LiesIn<NewView> {
 public:
  void lie(NewView mine, const Parcel& parcel, Self& me) override {
    auto& o = mine.pre_prepares;
    if (o.empty()) return me.pass(parcel);
    if (me.alike(parcel.to)) {
      for (SignedHeader& part : o) part = header(me, mine.view, part.header.n, null_digest());
    } else {
      o.pop_back();
    }
    me.lie(parcel.to, std::move(mine));
  }
};

/// Of two certificates for one n, that of the lower view; without two, the older of two digests that were proposed.
class LowerView : public LiesIn<NewView> {
 public:
  void lie(NewView mine, const Parcel& parcel, Self& me) override {
    bool changed = false;
    for (SignedHeader& part : mine.pre_prepares) {
      const Digest lower = lowest(mine, part.header, me);
      if (lower == part.header.digest) continue;
      part = header(me, mine.view, part.header.n, lower);
      changed = true;
    }
    if (!changed) return me.pass(parcel);
    me.lie(parcel.to, std::move(mine));
  }

 private:
  static Digest lowest(const NewView& mine, const PrePrepareHeader& chosen, const Self& me) {
    for (const auto& [slot, digests] : me.scratch.proposals) {
      if (slot.second != chosen.n || slot.first >= mine.view) continue;
      for (const Digest& digest : digests) {
        if (digest != chosen.digest) return digest;
      }
    }
    return chosen.digest;
  }
};

/// O with slots that V does not justify: beyond max-s, below min-s, with made-up digests, without its nulls.
class Inventive : public LiesIn<NewView> {
 public:
  void lie(NewView mine, const Parcel& parcel, Self& me) override {
    auto& o = mine.pre_prepares;
    const SequenceNumber last = o.empty() ? me.low_watermark : o.back().header.n;
    Digest made_up = null_digest();
    made_up.bytes[0] ^= 1;
    switch (me.below(4)) {
      case 0:
        o.push_back(header(me, mine.view, last + 1, null_digest()));
        break;
      case 1:
        o.insert(o.begin(), header(me, mine.view, o.empty() ? last : o.front().header.n - 1, null_digest()));
        break;
      case 2:
        o.push_back(header(me, mine.view, last + 1, made_up));
        break;
      default:
        if (o.empty()) return me.pass(parcel);
        std::erase_if(o, [](const SignedHeader& part) { return part.header.digest == null_digest(); });
    }
    me.lie(parcel.to, std::move(mine));
  }
};

/// V too short, one part twice, of another view, with one in another's name.
class BadV : public LiesIn<NewView> {
 public:
  void lie(NewView mine, const Parcel& parcel, Self& me) override {
    auto& v = mine.view_changes;
    ViewChange part = *v.back();
    switch (me.below(4)) {
      case 0:
        v.pop_back();
        break;
      case 1:
        v.back() = v.front();
        break;
      case 2:
        ++part.view;
        me.keys.sign(part);
        v.back() = std::make_shared<const ViewChange>(part);
        break;
      default:
        part.prepared.clear();
        me.keys.sign(part);
        v.back() = std::make_shared<const ViewChange>(part);
    }
    me.lie(parcel.to, std::move(mine));
  }
};

/// Two NEW-VIEWs for one view, both valid, of different V: one to half of the replicas each.
class TwoNewViews : public LiesIn<NewView> {
 public:
  bool arriving(const Message& message, const Channel&, Self& me) override {
    const auto* theirs = std::get_if<ViewChangePtr>(&message);
    if (theirs != nullptr && me.leads((*theirs)->view)) heard_[{(*theirs)->view, (*theirs)->replica}] = *theirs;
    return true;
  }
  void lie(NewView mine, const Parcel& parcel, Self& me) override {
    if (me.alike(parcel.to)) return me.pass(parcel);
    for (ViewChangePtr& part : mine.view_changes) {
      if (part->replica != me.id) continue;
      // Its own part is its to change: V differs even when no other replica could take its place.
      ViewChange bare{part->view, {}, std::nullopt, {}, me.id, {}};
      me.keys.sign(bare);
      part = std::make_shared<const ViewChange>(std::move(bare));
    }
    for (const auto& [key, theirs] : heard_) {
      if (key.first == mine.view) take_in(mine.view_changes, theirs);
    }
    const auto plan = derive_new_view(mine.view, mine.view_changes);
    if (!plan) return me.pass(parcel);
    mine.pre_prepares.clear();
    for (const PrePrepareHeader& slot : plan->headers) {
      mine.pre_prepares.push_back(header(me, slot.view, slot.n, slot.digest));
    }
    me.lie(parcel.to, std::move(mine));
  }

 private:
  /// Puts one who is not in V yet in the last's place.
  static void take_in(std::vector<ViewChangePtr>& v, const ViewChangePtr& another) {
    const auto in_order = [](const ViewChangePtr& a, const ViewChangePtr& b) { return a->replica < b->replica; };
    if (std::binary_search(v.begin(), v.end(), another, in_order)) return;
    v.back() = another;
    std::sort(v.begin(), v.end(), in_order);
  }
  std::map<std::pair<View, ReplicaId>, ViewChangePtr> heard_;
};

/// The first NEW-VIEW that it ever saw, again and again.
class StaleNewView : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    keep(*parcel.message);
    me.pass(parcel);
  }
  bool arriving(const Message& message, const Channel&, Self&) override {
    keep(message);
    return true;
  }
  void idle(Self& me) override {
    if (first_ && me.view > first_->view) me.say_to_all(first_);
  }

 private:
  void keep(const Message& message) {
    const auto* new_view = std::get_if<NewViewPtr>(&message);
    if (new_view != nullptr && !first_) first_ = *new_view;
  }
  NewViewPtr first_;
};

/// A good replica until it leads; then it says nothing. Several of them make a row of bad primaries.
class DeadPrimary : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const bool leading =
        own<PrePrepare>(*parcel.message, me) != nullptr || own<NewView>(*parcel.message, me) != nullptr;
    if (!leading) me.pass(parcel);
  }
};

/// Never gives the body of a batch away, once a view was changed.
class BodiesOfO : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const Message& message = *parcel.message;
    const bool body = std::holds_alternative<BatchBody>(message) || std::holds_alternative<CommittedBatch>(message);
    if (body && me.view.value != 0) return;
    me.pass(parcel);
  }
};

}  // namespace

std::vector<Kind> as_new_primary() {
  return {
      kind<NullPrepared>(37, "null-prepared", "its NEW-VIEW nulls or drops what was prepared"),
      kind<LowerView>(38, "lower-view", "its NEW-VIEW takes the certificate of a lower view"),
      kind<Inventive>(39, "inventive", "its NEW-VIEW invents slots, goes beyond max-s or below min-s, lacks nulls"),
      kind<BadV>(40, "bad-v", "its NEW-VIEW has a V that is short, repeats, or is of another view or sender"),
      kind<TwoNewViews>(41, "two-new-views", "sends two valid NEW-VIEWs for one view"),
      kind<StaleNewView>(42, "stale-new-view", "replays a NEW-VIEW of long ago"),
      kind<DeadPrimary>(43, "dead-primary", "says nothing whenever it leads; several make a row of bad primaries"),
      kind<BodiesOfO>(44, "bodies-of-o", "withholds the bodies that a new view needs"),
  };
}

}  // namespace quorate::traitors
