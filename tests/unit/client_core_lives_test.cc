// A client over its lives: what it may use of a memory, timestamps given to operations, and what is asked again.
#include <doctest/doctest.h>

#include "tests/unit/client_under_test.h"

namespace quorate::testing {
namespace {

/// A client whose memory says that no former life used `next` or above.
class RememberingClient : public ClientUnderTest {
 public:
  explicit RememberingClient(std::uint64_t next, std::uint64_t newest = 0) : ClientUnderTest(4, {}, Timestamp(next)) {
    for (std::uint32_t i = 0; i < 3; ++i) answer_mark(i, newest);
    sends.clear();
  }
  OperationId submit_at(std::uint64_t t, std::uint8_t content) {
    const OperationId id = core().submit_at(Timestamp(t), Bytes(3, content));
    tick(++now_);
    return id;
  }
  void reserve(std::uint64_t end) {
    core().reserved(Timestamp(end));
    tick(++now_);
  }
  std::vector<std::uint64_t> firsts() const {
    std::vector<std::uint64_t> all;
    for (const BundlePtr& bundle : bundles()) all.push_back(bundle->view().first.value);
    return all;
  }

 private:
  std::uint64_t now_ = 1;
};

using Firsts = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("client: with a memory it goes on where the last life's timestamps end") {
  RememberingClient client(500, 480);
  CHECK(client.core().next() == Timestamp(500));
}

TEST_CASE("client: a memory that is behind what the cluster saw is not believed") {
  RememberingClient client(500, 500);  // somebody else used the key
  CHECK(client.core().next() == Timestamp(500 + 32 + 1));
}

TEST_CASE("client: nothing leaves under a t that is not reserved") {
  RememberingClient client(10);
  client.submit(1);
  client.submit(2);
  CHECK(client.bundles().empty());
  CHECK(client.core().timestamps_wanted() == 2);
  client.reserve(11);
  CHECK(client.firsts() == Firsts{10});
  CHECK(client.core().timestamps_wanted() == 1);
  client.reserve(12);
  CHECK(client.firsts() == Firsts{10, 11});
  CHECK(client.core().timestamps_wanted() == 0);
}

TEST_CASE("client: allotted timestamps are nobody else's") {
  RememberingClient client(10);
  CHECK(client.core().timestamps_wanted(5) == 5);
  client.reserve(40);
  CHECK(client.core().allot(5) == Timestamp(10));
  client.submit(1);
  CHECK(client.firsts() == Firsts{15});
  client.submit_at(12, 2);
  CHECK(client.firsts() == Firsts{15, 12});
}

TEST_CASE("client: operations of a former life go one by one, in order, before all others") {
  RememberingClient client(20);
  client.reserve(100);
  client.sends.clear();
  client.core().submit(Bytes(3, 9));
  client.core().submit_at(Timestamp(12), Bytes(3, 2));
  client.core().submit_at(Timestamp(11), Bytes(3, 1));
  client.tick(5);
  CHECK(client.firsts() == Firsts{11, 12});
  for (std::uint32_t i = 0; i < 2; ++i) client.reply(i, {client.leaf(11, 1)});
  CHECK(client.firsts() == Firsts{11, 12, 20});
  for (const BundlePtr& bundle : client.bundles()) CHECK(bundle->view().operations.size() == 1);
}

TEST_CASE("client: operations of this life with given timestamps travel together") {
  RememberingClient client(10);
  client.reserve(100);
  CHECK(client.core().allot(8) == Timestamp(10));
  for (std::uint64_t t = 10; t < 18; ++t) client.core().submit_at(Timestamp(t), Bytes(3, 1));
  client.tick(5);
  REQUIRE(client.bundles().size() == 1);
  CHECK(client.bundles()[0]->view().operations.size() == 8);
}

TEST_CASE("client: an unanswered operation of a former life holds the window for itself") {
  RememberingClient client(20);  // W = 32
  client.reserve(1000);
  client.submit_at(10, 1);
  for (int i = 0; i < 100; ++i) client.submit(2);
  std::uint64_t last = 0;
  for (const BundlePtr& bundle : client.bundles()) last = std::max(last, bundle->view().last().value);
  CHECK(last >= 20);
  CHECK(last < 10 + 32);
}

TEST_CASE("client: what an earlier life's operation is asked again under its t and answered") {
  RememberingClient client(20);
  const OperationId id = client.submit_at(10, 7);
  for (std::uint32_t i = 0; i < 2; ++i) client.reply(i, {client.leaf(10, 7)});
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].operation == id);
  CHECK(client.completions[0].fate == Fate::executed);
}

TEST_CASE("client: another operation at a given t is told, with its leaf, and nothing is asked under a new t") {
  RememberingClient client(20);
  client.reserve(100);
  const OperationId id = client.submit_at(10, 7);
  client.sends.clear();
  for (std::uint32_t i = 0; i < 2; ++i) client.reply(i, {client.leaf(10, 8)});
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].operation == id);
  CHECK(client.completions[0].fate == Fate::never);
  CHECK(client.completions[0].leaf == client.leaf(10, 8));
  CHECK(client.bundles().empty());
  CHECK(client.core().unanswered() == 0);
}

TEST_CASE("client: an operation that is pinned is asked under no other t") {
  RememberingClient client(10);
  client.reserve(100);
  const OperationId id = client.submit(1);
  const auto signed_as = client.core().pin(id);
  REQUIRE(signed_as);
  CHECK(signed_as->timestamp == Timestamp(10));
  CHECK(signed_as->digest == client.leaf(10, 1).operation_digest);
  CHECK(client.core().under_way_at(Timestamp(10)) == id);
  client.sends.clear();
  for (std::uint32_t i = 0; i < 2; ++i) client.reply(i, {client.leaf(10, 8)});
  REQUIRE(client.completions.size() == 1);
  CHECK(client.completions[0].fate == Fate::never);
  CHECK(client.bundles().empty());
  CHECK_FALSE(client.core().pin(id));
}

}  // namespace quorate::testing
