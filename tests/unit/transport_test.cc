// The hello and the framed connection over real sockets of the loopback interface.
#include <doctest/doctest.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include "crypto/ed25519.h"
#include "messages/codec.h"
#include "messages/limits.h"
#include "messages/transport_hello.h"

namespace quorate {
namespace {

using Tcp = asio::ip::tcp;

SecretSeed seed_of(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return SecretSeed(bytes);
}

/// One process's identity with all that it points to.
struct Party {
  Party(const Genesis& genesis, Peer self, std::uint8_t seed)
      : key(seed_of(seed)), signer(genesis.cluster_id(), key), verifier(genesis, scheme) {
    identity = {self, genesis.cluster_id(), &signer, &verifier};
  }
  Ed25519Scheme scheme;
  Ed25519Signer key;
  MessageSigner signer;
  Verifier verifier;
  Identity identity;
};

Genesis genesis_of_test() {
  Genesis genesis;
  for (std::uint8_t i = 1; i <= 4; ++i) genesis.replica_keys.push_back(Ed25519Signer(seed_of(i)).public_key());
  genesis.client_keys.push_back(Ed25519Signer(seed_of(9)).public_key());
  return genesis;
}

/// Replica 2 listens. Conditions are waited for, with a deadline that only a broken test reaches.
struct Fixture {
  asio::io_context io{1};
  Genesis genesis = genesis_of_test();
  Party listening{genesis, ReplicaId(2), 3};
  HelloOptions options;
  std::vector<ConnectionPtr> accepted;
  std::vector<std::string> refused;
  std::unique_ptr<Listener> listener;

  void listen() {
    auto opened = Listener::open(
        io.get_executor(), listening.identity, {"127.0.0.1", 0}, options,
        [this](ConnectionPtr connection) { accepted.push_back(std::move(connection)); },
        [this](const std::string& why) { refused.push_back(why); });
    REQUIRE(opened.has_value());
    listener = std::move(*opened);
  }
  template <typename Condition>
  void run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    io.restart();
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      io.run_one_for(std::chrono::milliseconds(100));
      if (io.stopped()) io.restart();
    }
  }
  Result<ConnectionPtr> dial_as(const Identity& identity, ReplicaId wanted = ReplicaId(2)) {
    std::optional<Result<ConnectionPtr>> result;
    dial(io.get_executor(), identity, wanted, {"127.0.0.1", listener->port()}, options,
         [&](Result<ConnectionPtr> connected) { result = std::move(connected); });
    run_until([&] { return result.has_value(); });
    return *result;
  }
  Tcp::socket raw() {
    Tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), listener->port()});
    return socket;
  }
  bool refused_with(const std::string& part) {
    run_until([&] { return !refused.empty(); });
    INFO(refused.back());
    return refused.back().find(part) != std::string::npos && accepted.empty();
  }
};

void send_raw(Tcp::socket& socket, const Message& message) {
  const FramePtr frame = frame_of(message);
  asio::write(socket, asio::buffer(frame->data(), frame->size()));
}

Hello hello_of(const Genesis& genesis, PeerKind kind, std::uint32_t id) {
  Hello hello;
  hello.wire_version = wire_version;
  hello.kind = kind;
  hello.id = id;
  hello.cluster_id = genesis.cluster_id();
  return hello;
}

TEST_CASE_FIXTURE(Fixture, "replicas and clients are known to each other after the hello") {
  listen();
  Party replica(genesis, ReplicaId(0), 1);
  Party client(genesis, ClientId(0), 9);
  const auto first = dial_as(replica.identity);
  if (!first) FAIL(first.error().message);
  CHECK((*first)->peer() == Peer(ReplicaId(2)));
  const auto second = dial_as(client.identity);
  REQUIRE(second.has_value());
  run_until([&] { return accepted.size() == 2; });
  CHECK(accepted[0]->peer() == Peer(ReplicaId(0)));
  CHECK(accepted[1]->peer() == Peer(ClientId(0)));
  CHECK(listener->pending() == 0);
}

TEST_CASE_FIXTURE(Fixture, "frames arrive whole and in order, however the stream is cut") {
  listen();
  Party client(genesis, ClientId(0), 9);
  auto dialled = dial_as(client.identity);
  REQUIRE(dialled.has_value());
  run_until([&] { return accepted.size() == 1; });
  std::vector<Bytes> got;
  accepted[0]->start(
      [&](std::vector<Bytes> frames) {
        for (Bytes& frame : frames) got.push_back(std::move(frame));
      },
      [](const std::string&) {});
  MarkQuery query;
  // Each byte of three frames alone, then two hundred frames at once: more than one gathered write.
  Bytes stream;
  for (query.nonce = 0; query.nonce < 3; ++query.nonce) {
    const FramePtr frame = frame_of(query);
    stream.insert(stream.end(), frame->begin(), frame->end());
  }
  for (const std::uint8_t byte : stream) {
    (*dialled)->send(std::make_shared<const Bytes>(Bytes{byte}));
    io.poll();
  }
  for (; query.nonce < 203; ++query.nonce) (*dialled)->send(frame_of(query));
  run_until([&] { return got.size() == 203; });
  for (std::uint64_t i = 0; i < got.size(); ++i) CHECK(std::get<MarkQuery>(*decode(got[i])).nonce == i);
}

TEST_CASE_FIXTURE(Fixture, "a dialler without the named key is refused") {
  listen();
  Party liar(genesis, ReplicaId(0), 7);
  static_cast<void>(dial_as(liar.identity));
  CHECK(refused_with("replica 0 has not the key"));
}

TEST_CASE_FIXTURE(Fixture, "a listener without the named key is refused by the dialler") {
  listening.identity.signer = nullptr;
  Party wrong(genesis, ReplicaId(2), 7);
  listening.identity.signer = &wrong.signer;
  listen();
  Party replica(genesis, ReplicaId(0), 1);
  const auto result = dial_as(replica.identity);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find("not signed with that replica's key") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "another replica than the wanted one is refused by the dialler") {
  listen();
  Party replica(genesis, ReplicaId(0), 1);
  const auto result = dial_as(replica.identity, ReplicaId(3));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find("replica 2 answers there") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "another cluster id is refused, and both clusters are named") {
  listen();
  Genesis other = genesis;
  other.client_window += 1;
  Party replica(other, ReplicaId(0), 1);
  CHECK_FALSE(dial_as(replica.identity).has_value());
  CHECK(refused_with("belongs to cluster " + to_hex(other.cluster_id()).substr(0, 16)));
}

TEST_CASE_FIXTURE(Fixture, "another wire version is refused, and the newer side is named") {
  listen();
  auto socket = raw();
  Hello hello = hello_of(genesis, PeerKind::replica, 0);
  hello.wire_version = wire_version + 1;
  send_raw(socket, hello);
  CHECK(refused_with("the other side is newer"));
}

TEST_CASE_FIXTURE(Fixture, "only the lower id dials, and nobody is this replica itself") {
  listen();
  Party higher(genesis, ReplicaId(3), 4);
  CHECK_FALSE(dial_as(higher.identity).has_value());
  CHECK(refused_with("the lower id dials"));
  refused.clear();
  Party twin(genesis, ReplicaId(2), 3);
  CHECK_FALSE(dial_as(twin.identity).has_value());
  CHECK(refused_with("says that it is this replica"));
}

TEST_CASE_FIXTURE(Fixture, "a proof from an earlier connection is worth nothing") {
  listen();
  Party replica(genesis, ReplicaId(0), 1);
  const Hello hello = hello_of(genesis, PeerKind::replica, 0);
  const auto answer_of = [&](Tcp::socket& socket) {
    std::array<std::uint8_t, 4> header{};
    std::size_t got = 0;
    const auto read = [&](std::uint8_t* into, std::size_t size) {
      bool done = false;
      asio::async_read(socket, asio::buffer(into, size), [&](const asio::error_code& error, std::size_t n) {
        REQUIRE_FALSE(error);
        got = n;
        done = true;
      });
      run_until([&] { return done; });
    };
    read(header.data(), header.size());
    Bytes payload(ByteReader(header).u32());
    read(payload.data(), payload.size());
    return std::get<HelloAnswer>(*decode(payload));
  };
  auto first = raw();
  send_raw(first, hello);
  const HelloAnswer answer = answer_of(first);
  const HelloProof proof{replica.signer.sign(MessageType::hello_proof, hello_payload(hello, answer, true))};
  send_raw(first, proof);
  run_until([&] { return accepted.size() == 1; });
  accepted.clear();
  auto second = raw();
  send_raw(second, hello);
  static_cast<void>(answer_of(second));
  send_raw(second, proof);
  CHECK(refused_with("has not the key"));
}

TEST_CASE_FIXTURE(Fixture, "before the hello: no large frame, no other message, no silence, no crowd") {
  SUBCASE("a frame beyond the hello's limit") {
    listen();
    auto socket = raw();
    ByteWriter header;
    header.u32(static_cast<std::uint32_t>(options.frame_bytes_max + 1));
    asio::write(socket, asio::buffer(header.view().data(), header.size()));
    CHECK(refused_with("frame_too_large"));
  }
  SUBCASE("another message") {
    listen();
    auto socket = raw();
    send_raw(socket, MarkQuery{});
    CHECK(refused_with("another message where a hello must stand"));
  }
  SUBCASE("silence") {
    options.deadline = std::chrono::milliseconds(50);
    listen();
    auto socket = raw();
    CHECK(refused_with("no hello within the deadline"));
  }
  SUBCASE("a crowd: the oldest makes room, and a real peer still gets in") {
    options.pending_max = 3;
    listen();
    std::vector<Tcp::socket> idle;
    for (int i = 0; i < 8; ++i) idle.push_back(raw());
    run_until([&] { return refused.size() == 5; });
    CHECK(listener->pending() == 3);
    Party replica(genesis, ReplicaId(0), 1);
    CHECK(dial_as(replica.identity).has_value());
    run_until([&] { return accepted.size() == 1; });
  }
}

TEST_CASE_FIXTURE(Fixture, "an oversized frame ends an authenticated connection") {
  listen();
  Party client(genesis, ClientId(0), 9);
  auto dialled = dial_as(client.identity);
  run_until([&] { return accepted.size() == 1; });
  std::string why;
  accepted[0]->start([](std::vector<Bytes>) {}, [&](const std::string& reason) { why = reason; });
  ByteWriter header;
  header.u32(static_cast<std::uint32_t>(limits::frame_bytes_max + 1));
  (*dialled)->send(std::make_shared<const Bytes>(header.take()));
  run_until([&] { return !why.empty(); });
  CHECK(why == "broken stream: frame_too_large");
}

TEST_CASE_FIXTURE(Fixture, "a full write queue: towards replicas the newest is dropped, clients are closed") {
  options.replicas.write_queue_bytes_max = 100;
  options.clients.write_queue_bytes_max = 100;
  listen();
  Party replica(genesis, ReplicaId(0), 1);
  Party client(genesis, ClientId(0), 9);
  REQUIRE(dial_as(replica.identity).has_value());
  REQUIRE(dial_as(client.identity).has_value());
  run_until([&] { return accepted.size() == 2; });
  std::string why;
  accepted[1]->start([](std::vector<Bytes>) {}, [&](const std::string& reason) { why = reason; });
  const FramePtr frame = std::make_shared<const Bytes>(Bytes(60));
  for (int i = 0; i < 2; ++i) {
    accepted[0]->send(frame);
    accepted[1]->send(frame);
  }
  CHECK(accepted[0]->frames_dropped() == 1);
  CHECK(accepted[0]->queued_bytes() == 60);
  run_until([&] { return !why.empty(); });
  CHECK(accepted[0]->is_open());
  CHECK_FALSE(accepted[1]->is_open());
}

TEST_CASE_FIXTURE(Fixture, "a port in use is a clear error") {
  listen();
  const auto second = Listener::open(
      io.get_executor(), listening.identity, {"127.0.0.1", listener->port()}, options, [](ConnectionPtr) {},
      [](const std::string&) {});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find("the port is in use") != std::string::npos);
}

}  // namespace
}  // namespace quorate
