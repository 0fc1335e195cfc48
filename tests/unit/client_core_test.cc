// One client's side of the protocol: what it sends, when it believes an answer, and what no liar can make it do.
#include "client/client_core.h"

#include <doctest/doctest.h>

#include "tests/unit/client_under_test.h"

namespace quorate::testing {

TEST_CASE("client: a client without memory asks all, and starts W + 1 above the (f+1)-th highest of q answers") {
  ClientUnderTest client;
  CHECK(client.sends.size() == 4);
  client.submit(1);
  client.answer_mark(0, 100);
  client.answer_mark(1, 90);
  client.answer_mark(1, 95);  // a second answer of one replica
  CHECK_FALSE(client.core().started());
  client.answer_mark(3, std::uint64_t{1} << 63);  // a liar raises nothing
  REQUIRE(client.core().started());
  REQUIRE(client.bundles().size() == 1);
  CHECK(client.bundles()[0]->view().first == Timestamp(100 + 32 + 1));
  CHECK(client.rejected(Reject::duplicate) == 1);
}

TEST_CASE("client: an answer to another life's question is not counted") {
  ClientUnderTest client;
  for (std::uint32_t i = 0; i < 4; ++i) client.answer_mark(i, 5, nonce + 1);
  CHECK_FALSE(client.core().started());
  CHECK(client.rejected(Reject::not_wanted) == 4);
}

TEST_CASE("client: a bundle goes to the primary first, to all after the timeout, the same bytes, until answered") {
  StartedClient client;
  client.submit(1);
  CHECK(client.receivers() == std::vector<std::uint32_t>{0});
  const BundlePtr bundle = client.bundles()[0];
  client.sends.clear();
  client.tick(200'002);
  CHECK(client.receivers() == std::vector<std::uint32_t>{0, 1, 2, 3});
  for (const BundlePtr& again : client.bundles()) CHECK(again->digest() == bundle->digest());
  const SteadyTime next = client.wake_up;
  CHECK(next >= SteadyTime(200'002 + 400'000));  // doubled
  client.reply(1, {client.leaf(33, 1)});
  client.reply(2, {client.leaf(33, 1)});
  client.sends.clear();
  client.tick(next.value);
  CHECK(client.sends.empty());
}

TEST_CASE("client: the first timeout follows what answers take, between its bounds") {
  struct Answers {
    std::uint64_t one_us, next_us;  // what every second one takes
    std::uint64_t timeout_us;       // about
  };
  for (const Answers& take :
       {Answers{20'000, 20'000, 100'000}, Answers{150'000, 150'000, 160'000}, Answers{1'000, 120'000, 200'000}}) {
    const std::uint64_t timeout_us = take.timeout_us;
    CAPTURE(timeout_us);
    StartedClient client;
    std::uint64_t now = 1;
    for (std::uint64_t t = 33; t < 53; ++t) {
      client.submit(1);
      client.tick(now += t % 2 == 0 ? take.one_us : take.next_us);
      for (const std::uint32_t replica : {1, 2}) client.reply(replica, {client.leaf(t, 1)});
      client.tick(now);
    }
    client.submit(1);
    client.sends.clear();
    client.tick(now + timeout_us * 9 / 10);
    CHECK(client.receivers().empty());
    client.tick(now + timeout_us);
    CHECK(client.receivers() == std::vector<std::uint32_t>{0, 1, 2, 3});
  }
}

TEST_CASE("client: without a connection to the primary a bundle goes to all at once") {
  StartedClient client;
  client.core().disconnected(ReplicaId(0));
  client.submit(1);
  CHECK(client.receivers() == std::vector<std::uint32_t>{1, 2, 3});
}

TEST_CASE("client: f+1 equal signed answers complete an operation, once") {
  StartedClient client;
  const OperationId id = client.submit(1);
  client.reply(2, {client.leaf(33, 1)});
  CHECK(client.completions.empty());
  client.reply(3, {client.leaf(33, 1)});
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].operation == id);
  CHECK(client.completions[0].fate == Fate::executed);
  CHECK(client.completions[0].leaf.result == Bytes{1});
  client.reply(1, {client.leaf(33, 1)});
  CHECK(client.completions.size() == 1);
  CHECK(client.rejected(Reject::not_wanted) == 1);
}

TEST_CASE("client: one replica twice is one, and f liars with another result are not enough") {
  StartedClient client(7);  // f = 2
  client.submit(1);
  client.reply(2, {client.leaf(33, 1)});
  client.reply(2, {client.leaf(33, 1)});
  CHECK(client.rejected(Reject::not_wanted) == 1);
  client.reply(5, {client.leaf(33, 1, 9)});
  client.reply(6, {client.leaf(33, 1, 9)});
  client.reply(3, {client.leaf(33, 1)});
  CHECK(client.completions.empty());
  client.reply(4, {client.leaf(33, 1)});
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].leaf.result == Bytes{1});
}

TEST_CASE("client: an answer over another replica's connection is refused") {
  StartedClient client;
  client.submit(1);
  const auto replies =
      build_replies(client.cluster().replica(2), ReplicaId(2), View(0), std::vector{client.leaf(33, 1)});
  client.receive(replies[0].message, 3);
  CHECK(client.rejected(Reject::sender_not_channel) == 1);
}

TEST_CASE("client: answers beyond f+1, to others and to nothing asked cost no signature check") {
  StartedClient client;
  client.submit(1);
  const auto wants = [&](std::uint32_t replica, std::uint64_t t) {
    const std::vector<Leaf> leaves = {client.leaf(t, 1)};
    const auto replies = build_replies(client.cluster().replica(replica), ReplicaId(replica), View(0), leaves);
    return client.core().wants(replies[0].message, ReplicaId(replica));
  };
  CHECK(wants(1, 33));
  CHECK_FALSE(wants(1, 34));
  client.reply(1, {client.leaf(33, 1)});
  CHECK_FALSE(wants(1, 33));
  CHECK(wants(2, 33));
  client.reply(2, {client.leaf(33, 1)});
  CHECK_FALSE(wants(3, 33));
}

TEST_CASE("client: when another operation stands at its t, an operation is asked again under a new one") {
  StartedClient client;
  const OperationId first = client.submit(1);
  client.sends.clear();
  client.reply(1, {client.leaf(33, 9)});
  CHECK(client.sends.empty());  // one liar alone moves nothing
  client.reply(2, {client.leaf(33, 9)});
  CHECK(client.completions.empty());
  REQUIRE(client.bundles().size() == 1);
  CHECK(client.bundles()[0]->view().first == Timestamp(34));
  CHECK(client.bundles()[0]->view().operations[0].front() == 1);
  client.reply(1, {client.leaf(34, 1)});
  client.reply(2, {client.leaf(34, 1)});
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].operation == first);
}

TEST_CASE("client: what is left of a bundle that lost a t is signed anew, the same operations at the same t") {
  ClientOptions options;
  options.bundles_at_once = 1;
  StartedClient client(4, options);
  client.submit(1);
  for (std::uint8_t content = 2; content <= 4; ++content) client.submit(content);
  client.reply(1, {client.leaf(33, 1)});
  client.reply(2, {client.leaf(33, 1)});  // now 34, 35, 36 leave as one bundle
  client.sends.clear();
  client.reply(1, {client.leaf(35, 9)});
  client.reply(2, {client.leaf(35, 9)});
  std::vector<std::uint64_t> firsts;
  for (const BundlePtr& bundle : client.bundles()) {
    firsts.push_back(bundle->view().first.value);
    CHECK(bundle->view().operations.size() == 1);
  }
  REQUIRE(firsts == std::vector<std::uint64_t>{34, 36});
  CHECK(client.bundles()[0]->view().operations[0].front() == 2);
  CHECK(client.bundles()[1]->view().operations[0].front() == 4);
  for (const std::uint64_t t : {34, 36}) {
    for (const std::uint32_t replica : {1, 2}) client.reply(replica, {client.leaf(t, t == 34 ? 2 : 4)});
  }
  REQUIRE(client.bundles().size() == 3);
  CHECK(client.bundles()[2]->view().first == Timestamp(37));
  CHECK(client.bundles()[2]->view().operations[0].front() == 3);
}

TEST_CASE("client: too old from f+1 is an outcome that is not known; from one liar it is nothing") {
  StartedClient client;
  client.submit(1);
  client.refuse(1, RefusalReason::too_old, 33);
  client.refuse(1, RefusalReason::too_old, 33);
  CHECK(client.completions.empty());
  client.refuse(2, RefusalReason::too_old, 33);
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].fate == Fate::unknown);
}

TEST_CASE("client: busy from the primary puts the bundle off and sends it again; from one backup it does not") {
  StartedClient client;
  client.submit(1);
  client.sends.clear();
  client.refuse(3, RefusalReason::busy, 33);
  CHECK(client.wake_up > SteadyTime(200'000));
  client.refuse(0, RefusalReason::busy, 33);
  CHECK(client.wake_up <= SteadyTime(20'001));
  client.tick(client.wake_up.value);
  CHECK(client.receivers() == std::vector<std::uint32_t>{0});
}

TEST_CASE("client: unanswered timestamps stay within one window") {
  StartedClient client;  // W = 32
  for (int i = 0; i < 100; ++i) client.submit(1);
  std::uint64_t last = 0;
  for (const BundlePtr& bundle : client.bundles()) last = std::max(last, bundle->view().last().value);
  CHECK(last - 33 < 32);
  CHECK(last > 33);
}

TEST_CASE("client: an operation that has not left can be taken back") {
  ClientUnderTest client;
  const OperationId id = client.submit(1);
  CHECK(client.core().withdraw(id));
  CHECK_FALSE(client.core().withdraw(id));
  for (std::uint32_t i = 0; i < 3; ++i) client.answer_mark(i, 0);
  CHECK(client.bundles().empty());
  const OperationId sent = client.submit(2);
  CHECK_FALSE(client.core().withdraw(sent));
}

TEST_CASE("client: a new connection is sent what is unanswered") {
  StartedClient client;
  client.submit(1);
  client.core().disconnected(ReplicaId(2));
  client.sends.clear();
  client.core().connected(ReplicaId(2));
  client.tick(2);
  CHECK(client.receivers() == std::vector<std::uint32_t>{2});
}

TEST_CASE("client: it follows the view that f+1 hint at") {
  StartedClient client;
  client.core().hint(ReplicaId(3), View(9));
  CHECK(client.core().view() == View(0));
  client.core().hint(ReplicaId(2), View(1));
  CHECK(client.core().view() == View(1));
  client.submit(1);
  CHECK(client.receivers() == std::vector<std::uint32_t>{1});
}

}  // namespace quorate::testing
