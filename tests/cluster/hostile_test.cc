// Hostile bytes at real replicas, before and after a good hello: everybody lives on, and nothing is lost.
#include <doctest/doctest.h>
#include <signal.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "client/client_key.h"
#include "crypto/key_file.h"
#include "messages/codec.h"
#include "messages/limits.h"
#include "messages/transport_hello.h"
#include "tests/cluster/processes.h"
#include "tests/cluster/rounds.h"
#include "tests/cluster/writer.h"

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

/// A frame with this payload, whatever it is worth.
Bytes framed(ByteView payload) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(payload.size()));
  out.raw(payload);
  return out.take();
}

/// Sends bytes to a port and hangs up; whatever the other side thinks of it.
void throw_at(std::uint16_t port, const Bytes& bytes) {
  asio::io_context context(1);
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  std::error_code ignored;
  asio::write(socket, asio::buffer(bytes), ignored);
}

/// Mutants of good messages: flipped bits, cut ends, long tails, oversized lists, unknown types.
std::vector<Bytes> mutants(const std::vector<Message>& messages, Rounds& rounds) {
  std::vector<Bytes> frames;
  for (const Message& message : messages) {
    const Bytes payload = encode(message);
    for (int i = 0; i < 60; ++i) {
      Bytes flipped = payload;
      flipped[rounds.draw(flipped.size())] ^= static_cast<std::uint8_t>(1U << rounds.draw(8));
      frames.push_back(framed(flipped));
    }
    for (std::size_t size = 1; size < payload.size(); size += 1 + rounds.draw(40)) {
      frames.push_back(framed(ByteView(payload).first(size)));
    }
    Bytes longer = payload;
    longer.resize(payload.size() + 8);
    frames.push_back(framed(longer));
    // Cap'n Proto list pointers claim sizes in their upper word: make every word claim the most.
    for (std::size_t word = 0; word + 8 <= payload.size(); word += 8) {
      Bytes claims = payload;
      for (std::size_t i = word + 4; i < word + 8; ++i) claims[i] = 0xff;
      frames.push_back(framed(claims));
    }
  }
  return frames;
}

/// Somebody with a valid key who sends each replica all of these frames.
void send_as(const Peer& self, const Signer& key, const ClusterFile& cluster, const std::vector<Bytes>& frames) {
  const Ed25519Scheme scheme;
  const MessageSigner signer(cluster.genesis.cluster_id(), key);
  const Verifier verifier(cluster.genesis, scheme, 0);
  for (std::uint32_t i = 0; i < cluster.addresses.size(); ++i) {
    if (self == Peer(ReplicaId(i))) continue;
    asio::io_context context(1);
    ConnectionPtr connection;
    dial(context.get_executor(), {self, cluster.genesis.cluster_id(), &signer, &verifier}, ReplicaId(i),
         cluster.addresses[i], HelloOptions{}, [&](Result<ConnectionPtr> connected) {
           if (!connected) return;
           connection = *connected;
           connection->start([](const std::vector<Bytes>&) {}, [](const std::string&) {});
           for (const Bytes& frame : frames) connection->send(std::make_shared<const Bytes>(frame));
         });
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    const auto sending = [&] { return !connection || (connection->is_open() && connection->queued_bytes() > 0); };
    while (sending() && std::chrono::steady_clock::now() < deadline && !context.stopped()) context.run_one_for(50ms);
    REQUIRE(connection);
    CHECK(connection->queued_bytes() == 0);
    connection->close();
    context.run_for(10ms);
  }
}

void check_all_live(Processes& replicas, Writer& writer) {
  const std::uint64_t before = writer.acknowledged();
  CHECK(writer.write_until([&] { return writer.acknowledged() >= before + 50; }, 30s));
  CHECK(writer.finish(30s));
  const auto missing = writer.missing(30s);
  REQUIRE(missing);
  CHECK(missing->empty());
  CHECK(writer.failed() == 0);
  for (std::uint32_t i = 0; i < replicas.cluster().addresses.size(); ++i) {
    CHECK_MESSAGE(replicas.runs(i), replicas.output(i));
  }
}

}  // namespace

TEST_CASE("bytes of strangers: truncated frames, huge lengths, unknown types, another cluster's hello, noise") {
  Processes replicas;
  replicas.start_all();
  Writer writer(replicas.cluster_file());
  REQUIRE(writer.write_until([&] { return writer.acknowledged() >= 50; }, 30s));
  Rounds rounds("QUORATE_HOSTILE", 50);
  Hello foreign{wire_version, PeerKind::client, 0, Digest(), {}};
  Hello unknown{wire_version, PeerKind::replica, 4'000'000'000, replicas.cluster().genesis.cluster_id(), {}};
  Hello newer{wire_version + 1, PeerKind::client, 0, replicas.cluster().genesis.cluster_id(), {}};
  std::vector<Bytes> throws = {{},
                               {0xff, 0xff, 0xff, 0xff},
                               {0, 0, 0, 0},
                               {8, 0, 0, 0, 1, 2, 3},
                               framed(encode(foreign)),
                               framed(encode(unknown)),
                               framed(encode(newer))};
  for (std::uint64_t i = 0; i < rounds.count(); ++i) {
    Bytes noise(1 + rounds.draw(3000));
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(rounds.draw(256));
    throws.push_back(noise);
  }
  for (const Bytes& bytes : mutants({foreign, unknown}, rounds)) throws.push_back(bytes);
  for (const Address& address : replicas.cluster().addresses) {
    for (const Bytes& bytes : throws) throw_at(address.port, bytes);
  }
  check_all_live(replicas, writer);
}

TEST_CASE("a client with a good key sends mutants of every message") {
  Processes::Options options;
  options.arguments = {"--log-level", "error", "--verify-threads", "2"};
  Processes replicas(options);
  replicas.start_all();
  Writer writer(replicas.cluster_file());
  REQUIRE(writer.write_until([&] { return writer.acknowledged() >= 50; }, 30s));
  const auto key = take_client_key(replicas.cluster_file(), replicas.cluster());
  REQUIRE(key);
  const Ed25519Signer signer(key->seed);
  Rounds rounds("QUORATE_HOSTILE", 50);
  const MessageSigner good(replicas.cluster().genesis.cluster_id(), signer);
  const std::vector<Bytes> operations = {Bytes(40, 1), Bytes(3, 2)};
  const Request request{good.sign_bundle(key->id, Timestamp(1), operations)};
  MarkQuery query{key->id, 7, {}};
  good.sign(query);
  // Nothing here is meant for a replica from a client, but for the request and the query.
  const Prepare prepare{View(0), SequenceNumber(1), Digest(), ReplicaId(1), {}};
  const Replies replies{ReplicaId(0), 1, Digest(), {}, View(0), 0, {Leaf()}, {}};
  send_as(key->id, signer, replicas.cluster(), mutants({request, query, prepare, replies}, rounds));
  check_all_live(replicas, writer);
}

TEST_CASE("a replica with a good key sends mutants of votes, proposals and certificates") {
  Processes::Options options;
  options.arguments = {"--log-level", "error", "--verify-threads", "2"};
  Processes replicas(options);
  replicas.start_all();
  Writer writer(replicas.cluster_file());
  REQUIRE(writer.write_until([&] { return writer.acknowledged() >= 50; }, 30s));
  replicas.end(0, SIGKILL);  // of two replicas the lower id dials: replica 0 reaches all others
  const auto seed = read_key_file(replica_key_path(replicas.cluster_file(), ReplicaId(0)));
  REQUIRE(seed);
  const Ed25519Signer signer(*seed);
  const MessageSigner good(replicas.cluster().genesis.cluster_id(), signer);
  Rounds rounds("QUORATE_HOSTILE", 50);
  Prepare prepare{View(0), SequenceNumber(600), null_digest(), ReplicaId(0), {}};
  good.sign(prepare);
  Checkpoint checkpoint{SequenceNumber(256), Digest(), ReplicaId(0), {}};
  good.sign(checkpoint);
  Fetch fetch{ReplicaId(0), SequenceNumber(1), 64, {}};
  good.sign(fetch);
  const Bytes bitmap((replicas.cluster().genesis.log_window + 7) / 8, 0xff);
  Status status{
      ReplicaId(0), View(9), true, SequenceNumber(~std::uint64_t{0}), SequenceNumber(~std::uint64_t{0}), bitmap,
      bitmap,       bitmap,  {}};
  good.sign(status);
  const PrePrepare proposal{{View(0), SequenceNumber(5), null_digest()}, {}, nullptr};
  const CommittedBatch certificate{{View(0), SequenceNumber(5), null_digest(), {{ReplicaId(0), {}}}}, nullptr};
  const StableCheckpoint stable{SequenceNumber(256), Digest(), {{ReplicaId(0), {}}}};
  std::vector<Bytes> frames = mutants({prepare, checkpoint, fetch, status, proposal, certificate, stable}, rounds);
  for (int i = 0; i < 20; ++i) frames.push_back(framed(encode(status)));
  send_as(ReplicaId(0), signer, replicas.cluster(), frames);
  replicas.start(0);
  check_all_live(replicas, writer);
}

}  // namespace quorate::cluster_tests
