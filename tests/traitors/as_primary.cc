// Traitors that lead a view and lie in its PRE-PREPAREs (OSDI'99 section 4.2).
#include <algorithm>
#include <deque>

#include "tests/traitors/forge.h"
#include "tests/traitors/registry.h"

namespace quorate::traitors {
namespace {

/// Half of the backups get a sibling batch, and a COMMIT that fits what they got; now and then both batches.
class Equivocate : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    const auto* mine = own<PrePrepare>(*parcel.message, me);
    if (mine == nullptr || !mine->batch || me.alike(parcel.to)) return me.pass(parcel);
    PrePrepare other = with_batch(*mine, sibling(*mine->batch));
    me.scratch.proposals[{other.header.view, other.header.n}].insert(other.header.digest);
    me.lie(parcel.to, Commit{other.header.view, other.header.n, other.header.digest, me.id, {}}, 1'000);
    me.lie(parcel.to, std::move(other));
    if (me.below(4) == 0) me.pass(parcel);
  }
};

/// Each batch holds its bundles twice, and those of the batch before.
class Repeat : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (!mine.batch || mine.batch->bundles().empty()) return me.pass(parcel);
    std::vector<BundlePtr> bundles = bundles_of(*mine.batch);
    const std::vector<BundlePtr> once = bundles;
    bundles.insert(bundles.end(), once.begin(), once.end());
    bundles.insert(bundles.end(), before_.begin(), before_.end());
    if (mine.header.n != n_) before_ = once;
    n_ = mine.header.n;
    me.lie(parcel.to, with_batch(mine, batch_of(mine.batch->time(), bundles)));
  }

 private:
  SequenceNumber n_;
  std::vector<BundlePtr> before_;
};

class Gaps : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (mine.header.n.value % 3 != 1) me.pass(parcel);
  }
};

class FarNumbers : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    me.pass(parcel);
    const std::uint64_t high = me.low_watermark.value + me.genesis.log_window;
    for (const std::uint64_t n : {me.low_watermark.value, high + 1, high + me.genesis.checkpoint_interval + 1,
                                  std::uint64_t{0}, ~std::uint64_t{0}}) {
      PrePrepare far = mine;
      far.header.n = SequenceNumber(n);
      me.lie(parcel.to, far);
    }
  }
};

/// First a digest that is not the body's, then the truth: the slot must not be poisoned.
class WrongDigest : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    PrePrepare wrong = mine;
    wrong.header.digest.bytes[3] ^= 0x10;
    me.lie(parcel.to, wrong);
    me.pass({parcel.to, parcel.message, 2'000, {}});
  }
};

/// Some backups never get the body: in each view another number of them.
class WithholdBody : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    const auto* to = std::get_if<ReplicaId>(&parcel.to);
    const std::uint64_t without =
        1 + (mine.header.view.value / me.quorums.replicas() + me.id.value) % (me.quorums.replicas() - 1);
    if (to == nullptr || (to->value + me.quorums.replicas() - me.id.value) % me.quorums.replicas() > without) {
      me.pass(parcel);
    }
  }
};

/// One replica gets nothing at all, for ever.
class Starve : public Traitor {
 public:
  void leaving(const Parcel& parcel, Self& me) override {
    if (parcel.to != Channel(ReplicaId((me.id.value + 1) % me.quorums.replicas()))) me.pass(parcel);
  }
};

class Silent : public Traitor {
 public:
  void leaving(const Parcel&, Self&) override {}
};

class Slow : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare, const Parcel& parcel, Self& me) override {
    me.pass({parcel.to, parcel.message, me.patience_us * 7 / 10, {}});
  }
};

class Censor : public Traitor {
 public:
  bool arriving(const Message& message, const Channel&, Self&) override {
    const auto* request = std::get_if<Request>(&message);
    return request == nullptr || request->bundle->view().client != ClientId(0);
  }
};

/// Hears nobody but its friend, who asks for one thing in each timer period.
class OnlyAFriend : public Traitor {
 public:
  bool arriving(const Message& message, const Channel&, Self& me) override {
    const auto* request = std::get_if<Request>(&message);
    return request == nullptr || (me.client && request->bundle->view().client == me.client->first);
  }
  void idle(Self& me) override {
    if (!me.client || me.now_us < last_us_ + me.patience_us / 2) return;
    last_us_ = me.now_us;
    const std::vector<Bytes> operation = {Bytes{1}};
    me.hear(Request{me.client->second.sign_bundle(me.client->first, t_, operation)}, me.client->first);
    ++t_;
  }

 private:
  std::uint64_t last_us_ = 0;
  Timestamp t_{1};
};

/// An operation that its client did not sign; later the truth.
class Invent : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (!mine.batch || mine.batch->bundles().empty()) return me.pass(parcel);
    const BundleView& first = mine.batch->bundles()[0];
    Bytes payload(first.payload.begin(), first.payload.end());
    payload.back() ^= 1;
    const auto altered = Bundle::parse(std::move(payload), first.signature);
    std::vector<BundlePtr> bundles = bundles_of(*mine.batch);
    if (altered) bundles[0] = *altered;
    me.lie(parcel.to, with_batch(mine, batch_of(mine.batch->time(), bundles)));
    me.pass({parcel.to, parcel.message, 2'000, {}});
  }
};

/// Keeps old bundles and proposes them again when the log has dropped them.
class FromTheGrave : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (!mine.batch || mine.batch->bundles().empty()) return me.pass(parcel);
    std::vector<BundlePtr> bundles = bundles_of(*mine.batch);
    if (old_.empty() || old_.back().first < mine.header.n) old_.emplace_back(mine.header.n, bundles);
    if (old_.front().first > me.low_watermark) return me.pass(parcel);
    bundles.insert(bundles.begin(), old_.front().second.begin(), old_.front().second.end());
    me.lie(parcel.to, with_batch(mine, batch_of(mine.batch->time(), bundles)));
    if (old_.size() > 64) old_.pop_front();
  }

 private:
  std::deque<std::pair<SequenceNumber, std::vector<BundlePtr>>> old_;
};

/// Shuffled, empty, swollen, and with one bad signature, in turn.
class OddBatches : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (!mine.batch || mine.batch->bundles().empty()) return me.pass(parcel);
    std::vector<BundlePtr> bundles = bundles_of(*mine.batch);
    switch (mine.header.n.value % 4) {
      case 0:
        std::reverse(bundles.begin(), bundles.end());
        break;
      case 1:  // a body is promised, and there is none
        mine.batch = nullptr;
        return me.lie(parcel.to, mine);
      case 2:
        bundles.insert(bundles.end(), 200, bundles.front());
        break;
      default:
        const BundleView& last = bundles.back()->view();
        bundles.back() = *Bundle::parse(Bytes(last.payload.begin(), last.payload.end()), spoilt(last.signature));
    }
    me.lie(parcel.to, with_batch(mine, batch_of(mine.batch->time(), bundles)));
  }
};

class TimeJumps : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (!mine.batch) return me.pass(parcel);
    WallTime time = mine.batch->time();
    switch (mine.header.n.value % 4) {
      case 0:
        time = WallTime();
        break;
      case 1:
        time = time + 100 * me.genesis.time_bound_us;
        break;
      case 2:
        time = WallTime(~std::uint64_t{0});
        break;
      default:
        return me.pass(parcel);
    }
    me.lie(parcel.to, with_batch(mine, batch_of(time, bundles_of(*mine.batch), mine.batch->rejoins())));
  }
};

/// Takes over other primaries' slots, in this view and in the next.
class Usurp : public Traitor {
 public:
  bool arriving(const Message& message, const Channel& from, Self& me) override {
    const auto* theirs = std::get_if<PrePrepare>(&message);
    if (theirs == nullptr || me.fellow(from) || me.leads(theirs->header.view)) return true;
    PrePrepare mine = with_batch(*theirs, nullptr);
    me.lie_to_all(mine);
    ++mine.header.view;
    me.lie_to_all(mine);
    return true;
  }
};

class OnlyNulls : public LiesIn<PrePrepare> {
 public:
  void lie(PrePrepare mine, const Parcel& parcel, Self& me) override {
    if (!mine.batch) return me.pass(parcel);
    me.lie(parcel.to, with_batch(mine, nullptr));
  }
};

}  // namespace

std::vector<Kind> as_primary() {
  return {
      kind<Equivocate>(1, "equivocate", "as primary, proposes different batches for one slot to different backups"),
      kind<Repeat>(2, "repeat", "as primary, proposes the same request twice in a batch and in two slots"),
      kind<Gaps>(3, "gaps", "as primary, leaves out every third slot"),
      kind<FarNumbers>(4, "far-numbers", "as primary, proposes for n at or below h, above H, and 2^64-1"),
      kind<WrongDigest>(5, "wrong-digest", "as primary, names a digest that is not the body's, then the right one"),
      kind<WithholdBody>(6, "withhold-body", "as primary, withholds batches from one backup or more"),
      kind<Starve>(7, "starve", "serves all but one replica, which it starves for ever"),
      kind<Silent>(8, "silent", "connected, and never says a word"),
      kind<Slow>(9, "slow", "as primary, proposes just under the timeout"),
      kind<Censor>(10, "censor", "as primary, never orders one client's requests"),
      kind<OnlyAFriend>(11, "only-a-friend", "as primary, orders one request of a friend in each timer period"),
      kind<Invent>(12, "invent", "as primary, alters an operation that a client signed"),
      kind<FromTheGrave>(13, "from-the-grave", "as primary, proposes requests again that are long collected"),
      kind<OddBatches>(14, "odd-batches", "as primary, shuffled, empty and swollen batches, one bad signature"),
      kind<TimeJumps>(15, "time-jumps", "as primary, proposes times that jump or go back"),
      kind<Usurp>(16, "usurp", "proposes in views that it does not lead"),
      kind<OnlyNulls>(17, "only-nulls", "as primary, proposes null batches while clients wait"),
  };
}

}  // namespace quorate::traitors
