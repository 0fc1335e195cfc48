// Schedules of liars in a view change: forged certificates, NEW-VIEWs that lose what was prepared, votes counted twice.
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

/// Two of a client's operations under one timestamp, as two batches for slot 1.
struct HostileScene : Scene {
  HostileScene() : Scene(0), client(world().bad_client()) {
    watch([this](Node from, Node, const Message& message) {
      if (const auto* vote = std::get_if<ViewChangePtr>(&message); vote != nullptr && from != traitor) {
        changes.insert_or_assign({from, (*vote)->view}, *vote);
      }
      if (const auto* sent = std::get_if<NewViewPtr>(&message); sent != nullptr && from != traitor) {
        new_views.insert_or_assign((*sent)->view, *sent);
      }
    });
  }
  BatchPtr batch(const std::string& value) {
    const std::vector<BundlePtr> bundles = {bundle(client, 1, {Put{as_bytes("key"), as_bytes(value)}})};
    return Batch::build(WallTime(1'000'000'000), bundles);
  }
  SignedBy prepare(std::uint32_t by, const PrePrepareHeader& header) {
    Prepare vote{header.view, header.n, header.digest, ReplicaId(by), {}};
    signer(ReplicaId(by)).sign(vote);
    return {ReplicaId(by), vote.signature};
  }
  bool prepared(std::uint32_t replica) { return host(replica).disk().log().prepared.contains(SequenceNumber(1)); }
  /// Everybody comes back and executes slot 1, with this batch.
  void end_with(const BatchPtr& right) {
    end_well();
    run_until(
        [this] {
          return all({0, 1, 2, 3}, [this](auto i) { return executed(i) >= SequenceNumber(1); });
        },
        "slot 1 is executed");
    const BundleView& put = right->bundles().front();
    const Digest operation = operation_digest(put.client, put.first, put.operations.front());
    for (std::uint32_t i = 0; i < 4; ++i) {
      const auto leaf = host(i).service().stored(client, put.first);
      REQUIRE(leaf);
      CHECK(leaf->n == SequenceNumber(1));
      CHECK(leaf->operation_digest == operation);
    }
    serve_one_more();
  }

  ClientId client;
  Node traitor = 0;
  std::map<std::pair<Node, View>, ViewChangePtr> changes;  // of the loyal, as they left
  std::map<View, NewViewPtr> new_views;
};

bool commit(Node, Node, const Message& message) { return is<Commit>(message); }

}  // namespace

TEST_CASE("forged-certificate-collides: a forged certificate for the very (v, n, d) of a genuine one takes no place") {
  HostileScene scene;
  scene.traitor = 3;
  const BatchPtr right = scene.batch("right");
  const PrePrepare proposal = scene.pre_prepare(View(0), SequenceNumber(1), right);
  scene.lose(commit);
  scene.cluster().start();
  scene.cluster().crash(ReplicaId(3));  // its key is the traitor's
  for (const Node backup : {1, 2}) scene.inject(0, backup, proposal);
  scene.run_until([&] { return scene.prepared(1) && scene.prepared(2); }, "two have the certificate");
  scene.cluster().crash(ReplicaId(0));

  // The traitor is first: the header is the genuine one, the votes under it are not.
  PreparedCertificate forged{proposal.header, proposal.signature, {{ReplicaId(1), {}}, {ReplicaId(2), {}}}};
  const ViewChangePtr lie = scene.view_change(ReplicaId(3), View(1), {forged});
  CHECK_FALSE(scene.verifies(lie));
  for (const Node to : {1, 2}) scene.inject(3, to, lie);
  scene.run_until(
      [&] {
        return scene.changes.contains({1, View(1)}) && scene.changes.contains({2, View(1)});
      },
      "two leave view 0");
  for (const Node to : {1, 2}) scene.inject(3, to, lie);
  scene.run_for(2'000'000);
  CHECK(scene.new_views.empty());
  CHECK(scene.all({1, 2}, [&](auto i) { return scene.view(i) == View(1) && !scene.active(i); }));

  // Nor does it stand in the way of anything: the traitor's good word completes V.
  for (const Node to : {1, 2}) scene.inject(3, to, scene.view_change(ReplicaId(3), View(1)));
  scene.run_until([&] { return scene.serves(View(1), {1, 2}); }, "the view begins");
  REQUIRE(scene.new_views.contains(View(1)));
  const NewView& new_view = *scene.new_views.at(View(1));
  REQUIRE(new_view.pre_prepares.size() == 1);
  CHECK(new_view.pre_prepares[0].header.digest == right->digest());
  for (const ViewChangePtr& part : new_view.view_changes) CHECK(scene.verifies(part));
  scene.end_with(right);
}

TEST_CASE("nulls-prepared: a NEW-VIEW that nulls or drops a prepared request is refused, and the request survives it") {
  HostileScene scene;
  scene.traitor = 1;  // primary of view 1
  const BatchPtr right = scene.batch("right");
  const PrePrepare proposal = scene.pre_prepare(View(0), SequenceNumber(1), right);
  scene.lose(commit);
  scene.cluster().start();
  scene.cluster().crash(ReplicaId(1));
  for (const Node backup : {2, 3}) scene.inject(0, backup, proposal);
  scene.run_until([&] { return scene.prepared(2) && scene.prepared(3); }, "two have the certificate");
  scene.cluster().crash(ReplicaId(0));
  scene.run_until(
      [&] {
        return scene.changes.contains({2, View(1)}) && scene.changes.contains({3, View(1)});
      },
      "they leave view 0");

  const std::vector<ViewChangePtr> v = {scene.view_change(ReplicaId(1), View(1)), scene.changes.at({2, View(1)}),
                                        scene.changes.at({3, View(1)})};
  const NewViewPtr nulls = scene.new_view(View(1), v, {{View(1), SequenceNumber(1), null_digest()}});
  const NewViewPtr drops = scene.new_view(View(1), v, {});
  CHECK(scene.verifies(nulls));  // each signature is right: only the derivation tells
  CHECK(scene.verifies(drops));
  for (const Node to : {2, 3}) {
    scene.inject(1, to, nulls);
    scene.inject(1, to, drops);
  }
  scene.run_until(
      [&] {
        return scene.all({2, 3}, [&](auto i) {
          return scene.host(i).status().rejects[static_cast<std::size_t>(Reject::wrong_new_view)] == 2;
        });
      },
      "both are refused");
  CHECK(scene.all({2, 3}, [&](auto i) { return scene.view(i) == View(1) && !scene.active(i); }));

  // With the traitor's VIEW-CHANGE q are known to be in view 1, so that their patience with it ends.
  for (const Node to : {2, 3}) scene.inject(1, to, v[0]);
  scene.run_until([&] { return scene.all({2, 3}, [&](auto i) { return scene.view(i) == View(2); }); }, "they go on");
  for (const Node to : {2, 3}) scene.inject(1, to, scene.view_change(ReplicaId(1), View(2)));
  scene.run_until([&] { return scene.new_views.contains(View(2)); }, "the next primary begins");
  REQUIRE(scene.new_views.at(View(2))->pre_prepares.size() == 1);
  CHECK(scene.new_views.at(View(2))->pre_prepares[0].header.digest == right->digest());
  scene.end_with(right);
}

TEST_CASE("entries-not-signers: one signer's word that stands there several times is one, in a certificate and in V") {
  HostileScene scene;
  scene.traitor = 0;
  const BatchPtr right = scene.batch("right");
  const BatchPtr wrong = scene.batch("wrong");
  const PrePrepare proposal = scene.pre_prepare(View(0), SequenceNumber(1), right);
  const PrePrepare other = scene.pre_prepare(View(0), SequenceNumber(1), wrong);
  scene.cluster().start();
  scene.cluster().crash(ReplicaId(0));  // its key is the traitor's
  for (const Node backup : {1, 2}) scene.inject(0, backup, proposal);
  scene.inject(0, 3, other);
  scene.run_until([&] { return scene.prepared(1) && scene.prepared(2); }, "two have the certificate of one batch");
  scene.run_until([&] { return scene.host(3).disk().log().accepted.contains(SequenceNumber(1)); },
                  "and the third has said PREPARE for the other");

  const SignedBy vote = scene.prepare(3, other.header);  // as it sent it
  const PreparedCertificate one_voice{other.header, other.signature, {vote, vote}};
  const ViewChangePtr lie = scene.view_change(ReplicaId(0), View(1), {one_voice});
  CHECK_FALSE(scene.verifies(lie));
  const ViewChangePtr mine = scene.view_change(ReplicaId(0), View(4));
  const NewViewPtr alone = scene.new_view(View(4), {mine, mine, mine}, {});  // primary(4) is the traitor
  CHECK_FALSE(scene.verifies(alone));
  for (const Node to : {1, 2, 3}) {
    scene.inject(0, to, lie);
    scene.inject(0, to, alone);
  }
  scene.run_until([&] { return scene.serves(View(1), {1, 2, 3}); }, "the three change the view without it");
  CHECK(scene.all({1, 2, 3}, [&](auto i) { return scene.view(i) == View(1); }));
  REQUIRE(scene.new_views.contains(View(1)));
  REQUIRE(scene.new_views.at(View(1))->pre_prepares.size() == 1);
  CHECK(scene.new_views.at(View(1))->pre_prepares[0].header.digest == right->digest());
  scene.end_with(right);
}

}  // namespace quorate::simulation
