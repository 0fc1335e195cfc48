// VIEW-CHANGE and NEW-VIEW as bytes, what the verifier takes of them, and what a NEW-VIEW must contain.
#include "messages/view_change.h"

#include <doctest/doctest.h>

#include "messages/codec.h"
#include "messages/sign.h"
#include "messages/verify.h"
#include "replica/core/new_view_rules.h"
#include "tests/support/sample_messages.h"

namespace quorate::testing {
namespace {

using Certificates = std::vector<PreparedCertificate>;
using Changes = std::vector<ViewChangePtr>;

/// A cluster of four, K = 8, L = 16; what its replicas prepared in views 0 and 1.
struct Votes {
  SampleCluster cluster;
  Ed25519Scheme scheme;

  static PrePrepareHeader header(std::uint64_t view, std::uint64_t n, std::uint8_t digest) {
    return {View(view), SequenceNumber(n), digest_filled(digest)};
  }
  /// Prepared by the two lowest backups.
  PreparedCertificate certificate(std::uint64_t view, std::uint64_t n, std::uint8_t digest) const {
    const std::uint32_t primary = static_cast<std::uint32_t>(view % 4);
    std::vector<std::uint32_t> backups;
    for (std::uint32_t id = 0; backups.size() < 2; ++id) {
      if (id != primary) backups.push_back(id);
    }
    return cluster.prepared(header(view, n, digest), backups);
  }
  Reject refusal(const Message& message) const {
    const auto verified = Verifier(cluster.genesis(), scheme).verify(message);
    return verified ? Reject::count_ : verified.error();
  }
  /// Signed again after the change.
  template <typename Change>
  ViewChangePtr changed(const ViewChangePtr& message, Change change) const {
    ViewChange copy = *message;
    change(copy);
    cluster.replica(copy.replica.value).sign(copy);
    return std::make_shared<const ViewChange>(std::move(copy));
  }
  template <typename Change>
  NewViewPtr changed(const NewViewPtr& message, Change change) const {
    NewView copy = *message;
    change(copy);
    cluster.replica(cluster.genesis().quorums().primary_of(copy.view).value).sign(copy);
    return std::make_shared<const NewView>(std::move(copy));
  }
  ViewChangePtr good(std::uint32_t id = 2) const {
    return cluster.view_change(id, View(2), SequenceNumber(8), {certificate(0, 9, 1), certificate(1, 11, 2)});
  }
};

constexpr Reject none = Reject::count_;
constexpr Reject not_canonical = Reject::certificate_not_canonical;

}  // namespace

TEST_CASE("view change: both messages read back from their bytes, and no shorter or longer bytes do") {
  const Votes votes;
  const ViewChangePtr change = votes.good();
  const Bytes bytes = payload_of(*change);
  const auto parsed = parse_view_change(bytes, change->signature);
  REQUIRE(parsed);
  CHECK(payload_of(*parsed) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(parse_view_change(ByteView(bytes).first(size), change->signature));
  }
  Bytes longer = bytes;
  longer.push_back(0);
  CHECK_FALSE(parse_view_change(longer, change->signature));

  const NewViewPtr new_view =
      votes.cluster.new_view(View(2), {votes.good(0), votes.good(1), votes.good(3)}, {Votes::header(2, 9, 1)});
  const Bytes whole = payload_of(*new_view);
  const auto again = parse_new_view(whole, new_view->signature);
  REQUIRE(again);
  CHECK(payload_of(*again) == whole);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    CHECK_FALSE(parse_new_view(ByteView(whole).first(size), new_view->signature));
  }
  longer = whole;
  longer.push_back(0);
  CHECK_FALSE(parse_new_view(longer, new_view->signature));
}

TEST_CASE("view change: a count that cannot be true is refused before anything is made for it") {
  const Votes votes;
  Bytes bytes = payload_of(*votes.cluster.view_change(1, View(1)));  // v, h = 0, no certificates, replica
  REQUIRE(bytes.size() == 8 + 8 + 4 + 4);
  for (std::size_t i = 16; i < 20; ++i) bytes[i] = 0xff;
  CHECK_FALSE(parse_view_change(bytes, Signature()));
}

TEST_CASE("view change: C is the proof of h, absent exactly for 0") {
  const Votes votes;
  CHECK(votes.refusal(votes.good()) == none);
  CHECK(votes.refusal(votes.cluster.view_change(1, View(1))) == none);
  const auto refusal = [&](auto change) { return votes.refusal(votes.changed(votes.good(), change)); };
  CHECK(refusal([](ViewChange& m) { m.stable.reset(); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.low_watermark = SequenceNumber(0); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.low_watermark = m.stable->n = SequenceNumber(7); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.stable->n = SequenceNumber(16); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.stable->checkpoints.pop_back(); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.stable->checkpoints[0].signature.bytes[0] ^= 1; }) == Reject::bad_signature);
  // An overstated h: another n than the one that was signed.
  CHECK(refusal([](ViewChange& m) {
          m.prepared.clear();
          m.low_watermark = m.stable->n = SequenceNumber(16);
        }) == Reject::bad_signature);
}

TEST_CASE("view change: P is in order, of the window, of earlier views, and every certificate in it holds") {
  const Votes votes;
  const auto refusal = [&](auto change) { return votes.refusal(votes.changed(votes.good(), change)); };
  CHECK(refusal([](ViewChange& m) { std::swap(m.prepared[0], m.prepared[1]); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.prepared[1] = m.prepared[0]; }) == not_canonical);
  CHECK(refusal([&](ViewChange& m) { m.prepared = {votes.certificate(0, 8, 1)}; }) == not_canonical);
  CHECK(refusal([&](ViewChange& m) { m.prepared = {votes.certificate(0, 24, 1)}; }) == none);
  CHECK(refusal([&](ViewChange& m) { m.prepared = {votes.certificate(0, 25, 1)}; }) == not_canonical);
  CHECK(refusal([&](ViewChange& m) { m.prepared = {votes.certificate(2, 9, 1)}; }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.prepared[0].prepares.pop_back(); }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.prepared[0].prepares[1] = m.prepared[0].prepares[0]; }) == not_canonical);
  CHECK(refusal([](ViewChange& m) { m.prepared[1].prepares[1].signature.bytes[5] ^= 1; }) == Reject::bad_signature);
  CHECK(refusal([](ViewChange& m) { m.prepared[0].primary_signature.bytes[5] ^= 1; }) == Reject::bad_signature);
  // The primary's PREPARE is none.
  const PrePrepareHeader of_view_0 = Votes::header(0, 9, 1);
  CHECK(refusal([&](ViewChange& m) { m.prepared[0] = votes.cluster.prepared(of_view_0, {0, 1}); }) == not_canonical);
}

TEST_CASE("new view: V has exactly q valid VIEW-CHANGEs for its view, each of another replica, ascending") {
  const Votes votes;
  const Changes three = {votes.good(0), votes.good(1), votes.good(3)};
  const std::vector<PrePrepareHeader> headers = {Votes::header(2, 9, 1), Votes::header(2, 10, 7)};
  const NewViewPtr good = votes.cluster.new_view(View(2), three, headers);
  CHECK(votes.refusal(good) == none);
  const auto refusal = [&](auto change) { return votes.refusal(votes.changed(good, change)); };
  CHECK(refusal([](NewView& m) { m.view_changes.pop_back(); }) == not_canonical);
  CHECK(refusal([&](NewView& m) { m.view_changes.push_back(votes.good(3)); }) == not_canonical);
  CHECK(refusal([](NewView& m) { m.view_changes[1] = m.view_changes[0]; }) == not_canonical);
  CHECK(refusal([](NewView& m) { std::swap(m.view_changes[0], m.view_changes[1]); }) == not_canonical);
  CHECK(refusal([&](NewView& m) { m.view_changes[0] = votes.cluster.view_change(0, View(3)); }) == not_canonical);
  CHECK(refusal([&](NewView& m) {
          ViewChange forged = *m.view_changes[1];
          forged.prepared.pop_back();
          m.view_changes[1] = std::make_shared<const ViewChange>(std::move(forged));
        }) == Reject::bad_signature);
  CHECK(refusal([](NewView& m) { m.pre_prepares[1].signature.bytes[9] ^= 1; }) == Reject::bad_signature);
  CHECK(refusal([](NewView& m) { m.pre_prepares[1].header.view = View(1); }) == not_canonical);
  NewView by_another = *good;
  votes.cluster.replica(3).sign(by_another);
  CHECK(votes.refusal(std::make_shared<const NewView>(by_another)) == Reject::bad_signature);
}

TEST_CASE("new view rules: the highest view wins, holes become null, min-s is the highest proven h") {
  const Votes votes;
  const View view(2);
  const auto change = [&](std::uint32_t id, std::uint64_t h, const Certificates& prepared) {
    return votes.cluster.view_change(id, view, SequenceNumber(h), prepared);
  };
  const auto plan = derive_new_view(view, {change(0, 0, {votes.certificate(0, 5, 1), votes.certificate(0, 9, 1)}),
                                           change(1, 8, {votes.certificate(1, 9, 2), votes.certificate(0, 12, 3)}),
                                           change(3, 0, {votes.certificate(0, 9, 1)})});
  REQUIRE(plan);
  CHECK(plan->min_s == SequenceNumber(8));
  REQUIRE(plan->stable);
  CHECK(plan->stable->n == SequenceNumber(8));
  CHECK(plan->max_s == SequenceNumber(12));
  const PrePrepareHeader null_10{view, SequenceNumber(10), null_digest()};
  const PrePrepareHeader null_11{view, SequenceNumber(11), null_digest()};
  CHECK(plan->headers == std::vector{Votes::header(2, 9, 2), null_10, null_11, Votes::header(2, 12, 3)});
}

TEST_CASE("new view rules: without certificates above min-s there is no O, and max-s is min-s") {
  const Votes votes;
  const Changes changes = {votes.cluster.view_change(0, View(1), SequenceNumber(8)),
                           votes.cluster.view_change(1, View(1), SequenceNumber(0), {votes.certificate(0, 8, 1)}),
                           votes.cluster.view_change(2, View(1))};
  const auto plan = derive_new_view(View(1), changes);
  REQUIRE(plan);
  CHECK(plan->max_s == SequenceNumber(8));
  CHECK(plan->headers.empty());
}

TEST_CASE("new view rules: two certificates of one view that contradict each other give no plan") {
  const Votes votes;
  const Changes changes = {votes.cluster.view_change(0, View(1), {}, {votes.certificate(0, 3, 1)}),
                           votes.cluster.view_change(1, View(1), {}, {votes.certificate(0, 3, 2)}),
                           votes.cluster.view_change(2, View(1))};
  CHECK_FALSE(derive_new_view(View(1), changes));
}

TEST_CASE("new view rules: an O that drops, nulls, invents, reorders or exceeds does not follow") {
  const Votes votes;
  const View view(2);
  const Changes changes = {
      votes.cluster.view_change(0, view, {}, {votes.certificate(0, 1, 1), votes.certificate(0, 3, 3)}),
      votes.cluster.view_change(1, view), votes.cluster.view_change(3, view)};
  const auto plan = derive_new_view(view, changes);
  REQUIRE(plan);
  const auto follows_with = [&](const std::vector<PrePrepareHeader>& headers) {
    return follows(*votes.cluster.new_view(view, changes, headers), *plan);
  };
  const PrePrepareHeader null_2{view, SequenceNumber(2), null_digest()};
  const PrePrepareHeader one = Votes::header(2, 1, 1);
  const PrePrepareHeader three = Votes::header(2, 3, 3);
  CHECK(follows_with({one, null_2, three}));
  CHECK_FALSE(follows_with({one, null_2}));
  CHECK_FALSE(follows_with({{view, SequenceNumber(1), null_digest()}, null_2, three}));
  CHECK_FALSE(follows_with({one, Votes::header(2, 2, 2), three}));
  CHECK_FALSE(follows_with({null_2, one, three}));
  CHECK_FALSE(follows_with({one, null_2, three, Votes::header(2, 4, 4)}));
  CHECK_FALSE(follows_with({one, three}));
  CHECK_FALSE(follows_with({}));
}

}  // namespace quorate::testing
