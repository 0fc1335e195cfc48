// OSDI'99 section 4.1 and 4.2: requests reach the primary; replica/README.md, "Admission": what a replica pushes.
#include <doctest/doctest.h>

#include "messages/limits.h"
#include "tests/paper/replica_under_test.h"

namespace quorate::testing {
namespace {

std::vector<std::size_t> bundles_in(const std::vector<PrePrepare>& proposals) {
  std::vector<std::size_t> counts;
  for (const PrePrepare& proposal : proposals) counts.push_back(proposal.batch->bundles().size());
  return counts;
}

/// A bundle of one operation of this size.
BundlePtr large_bundle(const SampleCluster& cluster, std::uint32_t client, std::uint64_t first, std::size_t bytes) {
  const std::vector<Bytes> operations = {Bytes(bytes, 7)};
  return cluster.client(client).sign_bundle(ClientId(client), Timestamp(first), operations);
}

}  // namespace

TEST_CASE("4.1: a backup relays a request to the primary, and again when the client asks again") {
  ReplicaUnderTest backup(2);
  const Request request{backup.cluster().bundle(0, 1)};
  backup.receive(request, ClientId(0));
  REQUIRE(backup.sent_to<Request>(0).size() == 1);
  CHECK(backup.sent_to<Request>(0)[0].bundle == request.bundle);
  backup.receive(request, ClientId(0));
  CHECK(backup.rejected(Reject::duplicate) == 1);
  CHECK(backup.sent_to<Request>(0).size() == 2);
}

TEST_CASE("what was admitted is forwarded again when the connection to the primary is made anew") {
  ReplicaUnderTest backup(2);
  backup.receive(Request{backup.cluster().bundle(0, 1)}, ClientId(0));
  backup.forget();
  backup.core().connected(ReplicaId(3));
  backup.core().connected(ReplicaId(0));
  backup.tick(1'000'001);
  CHECK(backup.sent<Request>().size() == 1);
  CHECK(backup.sent_to<Request>(0).size() == 1);
}

TEST_CASE("a client speaks for itself only, and says nothing but requests") {
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(1));
  CHECK(primary.rejected(Reject::sender_not_channel) == 1);
  CHECK(primary.records.empty());
}

TEST_CASE("a forwarded request is for the primary") {
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, 2);
  CHECK(primary.sent<PrePrepare>().size() == 1);
  ReplicaUnderTest backup(1);
  backup.receive(Request{backup.cluster().bundle(0, 1)}, 2);
  CHECK(backup.rejected(Reject::not_wanted) == 1);
  CHECK(backup.core().status().admitted_bytes == 0);
}

TEST_CASE("a bundle that overlaps an admitted one is not admitted") {
  ReplicaUnderTest backup(1);
  backup.receive(Request{backup.cluster().bundle(0, 10, 10)}, ClientId(0));
  const std::size_t bytes = backup.core().status().admitted_bytes;
  backup.receive(Request{backup.cluster().bundle(0, 19, 4)}, ClientId(0));  // shares 19
  backup.receive(Request{backup.cluster().bundle(0, 5, 6)}, ClientId(0));   // shares 10
  backup.receive(Request{backup.cluster().bundle(0, 8, 20)}, ClientId(0));  // surrounds it
  CHECK(backup.rejected(Reject::overlapping_bundle) == 3);
  CHECK(backup.core().status().admitted_bytes == bytes);
  backup.receive(Request{backup.cluster().bundle(0, 20, 4)}, ClientId(0));
  backup.receive(Request{backup.cluster().bundle(0, 5, 5)}, ClientId(0));
  backup.receive(Request{backup.cluster().bundle(1, 10, 10)}, ClientId(1));
  CHECK(backup.rejected(Reject::overlapping_bundle) == 3);
}

TEST_CASE("a request that was executed is answered, not admitted") {
  ReplicaUnderTest backup(1);
  backup.agree_through(1);  // client 0: t = 10, 11
  backup.forget();
  backup.receive(Request{backup.cluster().bundle(0, 10, 2)}, ClientId(0));
  CHECK(backup.rejected(Reject::already_executed) == 1);
  REQUIRE(backup.answers.size() == 1);
  CHECK(backup.answers[0].client == ClientId(0));
  CHECK(backup.answers[0].first == Timestamp(10));
  CHECK(backup.answers[0].last == Timestamp(11));
  CHECK(backup.core().status().admitted_bytes == 0);
}

TEST_CASE("a request below the window is answered, one timestamp above it is admitted") {
  ReplicaUnderTest backup(1);  // W = 32
  backup.agree_through(5);     // t = 50, 51: low is 19
  backup.receive(Request{backup.cluster().bundle(0, 19, 1)}, ClientId(0));
  CHECK(backup.rejected(Reject::already_executed) == 1);
  backup.receive(Request{backup.cluster().bundle(0, 22, 1)}, ClientId(0));
  CHECK(backup.core().status().admitted_bytes > 0);
}

TEST_CASE("a bundle is dropped when one of its t is executed through another, or falls below the window") {
  ReplicaUnderTest backup(1);
  backup.receive(Request{backup.cluster().bundle(0, 11, 5)}, ClientId(0));
  CHECK(backup.core().status().admitted_bytes > 0);
  backup.agree_through(1);  // executes t = 10, 11 through another bundle
  CHECK(backup.core().status().admitted_bytes == 0);
  backup.receive(Request{backup.cluster().bundle(0, 12, 1)}, ClientId(0));
  CHECK(backup.core().status().admitted_bytes > 0);
  backup.agree_through(5);  // low is 19
  CHECK(backup.core().status().admitted_bytes == 0);
}

TEST_CASE("a client beyond its share of memory is told that we are busy; another client is not") {
  CoreOptions options;
  options.client_bytes_max = 3'000;
  ReplicaUnderTest backup(1, 4, {}, options);
  backup.receive(Request{large_bundle(backup.cluster(), 0, 1, 2'000)}, ClientId(0));
  backup.receive(Request{large_bundle(backup.cluster(), 0, 2, 2'000)}, ClientId(0));
  CHECK(backup.rejected(Reject::over_quota) == 1);
  REQUIRE(backup.busy.size() == 1);
  CHECK(backup.busy[0].client == ClientId(0));
  CHECK(backup.busy[0].first == Timestamp(2));
  backup.receive(Request{large_bundle(backup.cluster(), 1, 1, 2'000)}, ClientId(1));
  CHECK(backup.busy.size() == 1);
}

TEST_CASE(
    "what one backup forwards counts against that backup alone: the primary has room for what each has admitted") {
  CoreOptions options;
  options.client_bytes_max = 3'000;
  ReplicaUnderTest primary(0, 4, {}, options);
  const auto forward = [&](std::uint32_t backup, std::uint64_t t) {
    primary.receive(Request{large_bundle(primary.cluster(), 0, t, 2'000)}, backup);
    return primary.rejected(Reject::over_quota);
  };
  CHECK(forward(1, 1) == 0);
  CHECK(forward(2, 2) == 0);
  CHECK(forward(3, 3) == 0);
  CHECK(forward(2, 4) == 1);
  primary.receive(Request{large_bundle(primary.cluster(), 0, 5, 2'000)}, ClientId(0));
  CHECK(primary.rejected(Reject::over_quota) == 1);
}

TEST_CASE("what others forwarded is theirs to push once somebody else leads") {
  ReplicaUnderTest primary(0);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, 2);
  const Request own{primary.cluster().bundle(1, 1)};
  primary.receive(own, ClientId(1));
  std::vector<ViewChangePtr> changes;
  for (const std::uint32_t id : {1, 2, 3}) changes.push_back(primary.cluster().view_change(id, View(1)));
  primary.forget();
  primary.receive(primary.cluster().new_view(View(1), changes, {}), 1);
  REQUIRE(primary.sent_to<Request>(1).size() == 1);
  CHECK(primary.sent_to<Request>(1)[0].bundle == own.bundle);
}

TEST_CASE("under overload each client still has one bundle let in") {
  CoreOptions options;
  options.admitted_bytes_max = 100;
  ReplicaUnderTest backup(1, 4, {}, options);
  backup.receive(Request{large_bundle(backup.cluster(), 0, 1, 2'000)}, ClientId(0));
  CHECK(backup.core().status().admitted_bytes > 2'000);
  backup.receive(Request{large_bundle(backup.cluster(), 0, 2, 10)}, ClientId(0));
  CHECK(backup.rejected(Reject::over_quota) == 1);
}

TEST_CASE("the primary proposes what is pending at once, and no more than its pipeline takes") {
  CoreOptions options;
  options.pipeline_depth = 2;
  ReplicaUnderTest primary(0, 4, {}, options);
  for (std::uint64_t t = 1; t <= 5; ++t) primary.receive(Request{primary.cluster().bundle(0, t, 1)}, ClientId(0));
  const auto first = primary.sent<PrePrepare>();
  CHECK(bundles_in(first) == std::vector<std::size_t>{1, 1});
  CHECK(first[0].header.n == SequenceNumber(1));
  CHECK(first[1].header.n == SequenceNumber(2));
  primary.persist();
  primary.forget();
  for (const std::uint32_t peer : primary.peers()) {
    primary.receive(primary.cluster().prepare(peer, first[0].header), peer);
    primary.receive(primary.cluster().commit(peer, first[0].header), peer);
  }
  primary.execute();
  const auto next = primary.sent<PrePrepare>();
  REQUIRE(bundles_in(next) == std::vector<std::size_t>{3});  // all that had gathered
  CHECK(next[0].header.n == SequenceNumber(3));
}

TEST_CASE("a batch stays within its limit of bytes") {
  CoreOptions options;
  options.pipeline_depth = 2;
  options.client_bytes_max = 16 * 1024 * 1024;
  ReplicaUnderTest primary(0, 4, {}, options);
  primary.receive(Request{primary.cluster().bundle(1, 1, 1)}, ClientId(1));
  primary.receive(Request{primary.cluster().bundle(1, 2, 1)}, ClientId(1));
  const auto first = primary.sent<PrePrepare>();
  for (std::uint64_t t = 1; t <= 9; ++t) {
    primary.receive(Request{large_bundle(primary.cluster(), 0, t, limits::operation_bytes_max)}, ClientId(0));
  }
  primary.persist();
  primary.forget();
  for (const std::uint32_t peer : primary.peers()) {
    primary.receive(primary.cluster().prepare(peer, first[0].header), peer);
    primary.receive(primary.cluster().commit(peer, first[0].header), peer);
  }
  primary.execute();
  // Eight of 128 KiB and what surrounds them are more than 1 MiB.
  CHECK(bundles_in(primary.sent<PrePrepare>()) == std::vector<std::size_t>{7});
}

TEST_CASE("forwarded bundles come before new client traffic, each replica in its turn") {
  CoreOptions options;
  options.pipeline_depth = 1;
  ReplicaUnderTest primary(0, 4, {}, options);
  primary.receive(Request{primary.cluster().bundle(0, 5, 1)}, ClientId(0));  // occupies the pipeline
  const PrePrepare running = primary.sent<PrePrepare>()[0];
  primary.receive(Request{primary.cluster().bundle(0, 1, 1)}, ClientId(0));
  primary.receive(Request{primary.cluster().bundle(1, 1, 1)}, 2);
  primary.receive(Request{primary.cluster().bundle(1, 2, 1)}, 2);
  primary.receive(Request{primary.cluster().bundle(1, 3, 1)}, 3);
  primary.persist();
  primary.forget();
  for (const std::uint32_t peer : primary.peers()) {
    primary.receive(primary.cluster().prepare(peer, running.header), peer);
    primary.receive(primary.cluster().commit(peer, running.header), peer);
  }
  primary.execute();
  const auto proposals = primary.sent<PrePrepare>();
  REQUIRE(bundles_in(proposals) == std::vector<std::size_t>{4});
  std::vector<std::uint64_t> order;
  for (const BundleView& bundle : proposals[0].batch->bundles()) order.push_back(bundle.first.value);
  CHECK(order == std::vector<std::uint64_t>{1, 3, 2, 1});
  CHECK(proposals[0].batch->bundles()[3].client == ClientId(0));
}

TEST_CASE("4.2: the primary does not propose beyond H") {
  CoreOptions options;
  options.pipeline_depth = 100;
  ReplicaUnderTest primary(0, 4, {}, options);
  for (std::uint64_t t = 1; t <= 20; ++t) primary.receive(Request{primary.cluster().bundle(0, t, 1)}, ClientId(0));
  CHECK(primary.sent<PrePrepare>().size() == 16);
}

TEST_CASE("the primary proposes its clock's time") {
  ReplicaUnderTest primary(0);
  primary.tick(2'000'000, noon + 77);
  primary.receive(Request{primary.cluster().bundle(0, 1)}, ClientId(0));
  CHECK(primary.sent<PrePrepare>().at(0).batch->time() == noon + 77);
}

}  // namespace quorate::testing
