// Connections between replicas over the loopback interface: who dials, dialling again, replacing, and the end.
#include "replica/peers.h"

#include <doctest/doctest.h>

#include "tests/support/sample_messages.h"
#include "tests/support/waiting.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

/// The addresses of four replicas; ports are filled in as listeners open.
using Addresses = std::vector<Address>;

/// One replica: a listener and its peers, on the main loop that all share.
class Node {
 public:
  Node(asio::io_context& io, const SampleCluster& cluster, std::uint32_t id)
      : io_(io), id_(id), signer_(cluster.replica(id)), verifier_(cluster.genesis(), scheme_) {
    identity_ = {ReplicaId(id), cluster.genesis().cluster_id(), &signer_, &verifier_};
  }

  void listen(Addresses& addresses) {
    auto opened = Listener::open(
        io_.get_executor(), identity_, addresses[id_], options_,
        [this](const ConnectionPtr& connection) {
          ++accepted;
          peers->adopt(connection);
        },
        [](const std::string&) {});
    REQUIRE(opened.has_value());
    listener = std::move(*opened);
    addresses[id_].port = listener->port();
  }
  void start(const Addresses& addresses) {
    peers = std::make_unique<Peers>(
        io_, identity_, addresses, options_,
        [this](ReplicaId from, const std::vector<Bytes>& frames) {
          for (const Bytes& frame : frames) received.emplace_back(from, frame);
        },
        [this](ReplicaId peer, bool connected) {
          changes.emplace_back(peer, connected);
          connected_[peer.value] = connected;
        });
    peers->start();
  }
  bool connected_to(std::uint32_t peer) const { return connected_.at(peer); }
  const Identity& identity() const { return identity_; }
  const HelloOptions& options() const { return options_; }

  std::unique_ptr<Listener> listener;
  std::unique_ptr<Peers> peers;
  std::vector<std::pair<ReplicaId, Bytes>> received;
  std::vector<std::pair<ReplicaId, bool>> changes;
  int accepted = 0;

 private:
  asio::io_context& io_;
  std::uint32_t id_;
  Ed25519Scheme scheme_;
  MessageSigner signer_;
  Verifier verifier_;
  Identity identity_;
  HelloOptions options_;
  std::vector<bool> connected_ = std::vector<bool>(4);
};

/// A frame that carries this one byte.
FramePtr frame_with(std::uint8_t byte) { return std::make_shared<const Bytes>(Bytes{1, 0, 0, 0, byte}); }

struct Cluster {
  asio::io_context io{1};
  SampleCluster keys;
  Addresses addresses = Addresses(4, Address{"127.0.0.1", 0});

  std::unique_ptr<Node> node(std::uint32_t id) { return std::make_unique<Node>(io, keys, id); }
};

/// Two connected replicas of the four; nobody listens for the others.
struct Pair : Cluster {
  std::unique_ptr<Node> low = node(0);
  std::unique_ptr<Node> high = node(1);

  Pair() {
    addresses[2].host = addresses[3].host = "";
    low->listen(addresses);
    high->listen(addresses);
    high->start(addresses);
    low->start(addresses);
    run_until(io, [this] { return low->connected_to(1) && high->connected_to(0); });
  }
};

TEST_CASE("the lower id dials") {
  Pair pair;
  CHECK(pair.high->accepted == 1);
  CHECK(pair.low->accepted == 0);
  CHECK(pair.low->changes == std::vector{std::pair(ReplicaId(1), true)});
}

TEST_CASE("frames go both ways, in order, under the sender's id") {
  Pair pair;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    pair.low->peers->send(ReplicaId(1), frame_with(i));
    pair.high->peers->send(ReplicaId(0), frame_with(static_cast<std::uint8_t>(10 * i)));
  }
  run_until(pair.io, [&] { return pair.low->received.size() == 3 && pair.high->received.size() == 3; });
  for (std::uint8_t i = 1; i <= 3; ++i) {
    CHECK(pair.high->received[i - 1U] == std::pair(ReplicaId(0), Bytes{i}));
    CHECK(pair.low->received[i - 1U] == std::pair(ReplicaId(1), Bytes{static_cast<std::uint8_t>(10 * i)}));
  }
}

TEST_CASE("four replicas all find each other") {
  Cluster cluster;
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::uint32_t id = 0; id < 4; ++id) {
    nodes.push_back(cluster.node(id));
    nodes.back()->listen(cluster.addresses);
  }
  for (const auto& node : nodes) node->start(cluster.addresses);
  run_until(cluster.io, [&] {
    for (std::uint32_t i = 0; i < 4; ++i)
      for (std::uint32_t j = 0; j < 4; ++j)
        if (i != j && !nodes[i]->connected_to(j)) return false;
    return true;
  });
  for (std::uint32_t id = 0; id < 4; ++id) CHECK(nodes[id]->accepted == static_cast<int>(id));
}

TEST_CASE("a replica is dialled until it is there") {
  Cluster cluster;
  cluster.addresses[2].host = cluster.addresses[3].host = "";
  const auto low = cluster.node(0);
  const auto high = cluster.node(1);
  low->listen(cluster.addresses);
  {
    // Somebody who hangs up holds the place of replica 1 for two dials.
    using Tcp = asio::ip::tcp;
    Tcp::acceptor rude(cluster.io, Tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    cluster.addresses[1].port = rude.local_endpoint().port();
    low->start(cluster.addresses);
    for (int dials = 0; dials < 2; ++dials) {
      bool accepted = false;
      rude.async_accept([&](const asio::error_code& error, Tcp::socket socket) {
        CHECK_FALSE(error);
        socket.close();
        accepted = true;
      });
      run_until(cluster.io, [&] { return accepted; });
    }
    CHECK(low->changes.empty());
  }
  high->listen(cluster.addresses);
  high->start(cluster.addresses);
  run_until(cluster.io, [&] { return low->connected_to(1) && high->connected_to(0); });
}

TEST_CASE("a lost connection is told and dialled again") {
  Pair pair;
  pair.high->peers->stop();
  run_until(pair.io, [&] { return !pair.low->connected_to(1); });
  pair.high->start(pair.addresses);
  run_until(pair.io, [&] { return pair.low->connected_to(1) && pair.high->connected_to(0); });
  pair.low->peers->send(ReplicaId(1), frame_with(7));
  run_until(pair.io, [&] { return !pair.high->received.empty(); });
  CHECK(pair.high->received.back() == std::pair(ReplicaId(0), Bytes{7}));
}

TEST_CASE("a frame for a peer without connection is dropped, also after it connects") {
  Pair pair;
  pair.low->peers->send(ReplicaId(3), frame_with(1));
  pair.high->peers->stop();
  run_until(pair.io, [&] { return !pair.low->connected_to(1); });
  pair.low->peers->send(ReplicaId(1), frame_with(1));
  pair.high->start(pair.addresses);
  run_until(pair.io, [&] { return pair.low->connected_to(1); });
  pair.low->peers->send(ReplicaId(1), frame_with(2));
  run_until(pair.io, [&] { return !pair.high->received.empty(); });
  CHECK(pair.high->received.front().second == Bytes{2});
}

TEST_CASE("a second connection of the same peer replaces the first") {
  Pair pair;
  ConnectionPtr second;
  bool first_ended = false;
  dial(pair.io.get_executor(), pair.low->identity(), ReplicaId(1), pair.addresses[1], pair.low->options(),
       [&](Result<ConnectionPtr> connected) { second = connected.value(); });
  run_until(pair.io, [&] {
    first_ended = !pair.low->connected_to(1);
    return second && pair.high->accepted == 2 && first_ended;
  });
  CHECK(pair.high->connected_to(0));
  CHECK(pair.high->changes.back() == std::pair(ReplicaId(0), true));
  second->send(frame_with(9));
  run_until(pair.io, [&] { return !pair.high->received.empty(); });
  CHECK(pair.high->received.back() == std::pair(ReplicaId(0), Bytes{9}));
}

TEST_CASE("somebody who never says hello replaces nothing") {
  Pair pair;
  asio::ip::tcp::socket silent(pair.io);
  silent.connect({asio::ip::make_address("127.0.0.1"), pair.addresses[1].port});
  run_until(pair.io, [&] { return pair.high->listener->pending() == 1; });
  pair.low->peers->send(ReplicaId(1), frame_with(5));
  run_until(pair.io, [&] { return !pair.high->received.empty(); });
  CHECK(pair.high->accepted == 1);
  CHECK(pair.low->connected_to(1));
}

TEST_CASE("after the end nothing is dialled, and the main loop runs out of work") {
  Pair pair;
  pair.low->peers->stop();
  pair.high->peers->stop();
  pair.low->listener->close();
  pair.high->listener->close();
  if (pair.io.stopped()) pair.io.restart();
  pair.io.run_for(std::chrono::seconds(60));
  CHECK(pair.io.stopped());
  CHECK(pair.high->accepted == 1);
}

}  // namespace
