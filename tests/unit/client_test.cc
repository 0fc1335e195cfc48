// The client library over real sockets, without a cluster: where handlers run, deadlines, closing, refused frames.
#include "client/client.h"

#include <doctest/doctest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <future>
#include <optional>

#include "client/key_value.h"
#include "messages/codec.h"
#include "messages/transport_hello.h"

namespace quorate {
namespace {

using namespace std::chrono_literals;

SecretSeed seed_of(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return SecretSeed(bytes);
}

/// Four replicas at ports where nobody listens.
ClusterFile cluster_of_nobody() {
  ClusterFile cluster;
  for (std::uint8_t i = 1; i <= 4; ++i) {
    cluster.genesis.replica_keys.push_back(Ed25519Signer(seed_of(i)).public_key());
    cluster.addresses.push_back({"127.0.0.1", i});
  }
  cluster.genesis.client_keys.push_back(Ed25519Signer(seed_of(9)).public_key());
  return cluster;
}

template <typename Condition>
void run_until(asio::io_context& io, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    io.run_one_for(100ms);
  }
}

/// A client that retransmits nothing within the test's time.
struct LonelyClient {
  explicit LonelyClient(std::chrono::milliseconds deadline = 20ms, ClientLimits limits = {}) {
    limits.deadline = deadline;
    limits.core.retry_first_us = 3'600'000'000;
    limits.core.retry_max_us = 3'600'000'000;
    client.emplace(io.get_executor(), cluster_of_nobody(), ClientKey{ClientId(0), seed_of(9), nullptr, nullptr},
                   limits);
  }
  template <typename Condition>
  void run_until(Condition condition) {
    quorate::run_until(io, condition);
  }
  asio::io_context io{1};
  std::optional<Client> client;
};

Bytes a_get() { return encode_operation(Get{as_bytes("key")}).value(); }

}  // namespace

TEST_CASE("without replicas an operation ends as unreachable at its deadline, on the client's executor") {
  LonelyClient lonely;
  std::optional<Outcome> outcome;
  lonely.client->async_execute(a_get(), [&](Outcome arrived) { outcome = std::move(arrived); });
  CHECK_FALSE(outcome);
  CHECK(lonely.client->unanswered() == 1);
  lonely.run_until([&] { return outcome.has_value(); });
  CHECK(outcome->error == ClientError::unreachable);
  CHECK(lonely.client->unanswered() == 0);
  CHECK(lonely.client->connected() == 0);
}

TEST_CASE("use_future") {
  LonelyClient lonely;
  auto outcome = lonely.client->async_execute(a_get(), asio::use_future);
  auto answer = async_execute(*lonely.client, a_get(), asio::use_future);
  const auto ready = [](const auto& future) { return future.wait_for(0s) == std::future_status::ready; };
  lonely.run_until([&] { return ready(outcome) && ready(answer); });
  CHECK(outcome.get().error == ClientError::unreachable);
  CHECK(answer.get().error == ClientError::unreachable);
}

TEST_CASE("a handler bound to another context runs there, and that context has work until then") {
  LonelyClient lonely;
  asio::io_context elsewhere(1);
  int ran = 0;
  SUBCASE("an Outcome") {
    lonely.client->async_execute(a_get(), asio::bind_executor(elsewhere, [&](const Outcome&) { ++ran; }));
  }
  SUBCASE("an Answer") {
    async_execute(*lonely.client, a_get(), asio::bind_executor(elsewhere, [&](const Answer&) { ++ran; }));
  }
  CHECK(elsewhere.poll() == 0);
  CHECK_FALSE(elsewhere.stopped());
  lonely.run_until([&] { return lonely.client->unanswered() == 0; });
  lonely.io.poll();
  CHECK(ran == 0);
  elsewhere.run();  // ends, as nothing is left
  CHECK(ran == 1);
}

TEST_CASE("a closed client answers what is under way and what comes later, and leaves nothing to wait for") {
  LonelyClient lonely(1h);
  int closed = 0;
  const auto count = [&](const Outcome& outcome) { closed += outcome.error == ClientError::closed ? 1 : 0; };
  lonely.client->async_execute(a_get(), count);
  lonely.client->close();
  lonely.client->async_execute(a_get(), count);
  CHECK(closed == 0);
  lonely.io.run_for(60s);
  CHECK(lonely.io.stopped());
  CHECK(closed == 2);
}

TEST_CASE("a handler may close or destroy the client, and leaves nothing to wait for") {
  LonelyClient lonely;
  std::vector<ClientError> errors;
  bool destroy = false;
  SUBCASE("close") {}
  SUBCASE("destroy") { destroy = true; }
  lonely.client->async_execute(a_get(), [&](const Outcome& outcome) {
    errors.push_back(outcome.error);
    lonely.client->async_execute(a_get(), [&](const Outcome& later) { errors.push_back(later.error); });
    if (destroy) {
      lonely.client.reset();
    } else {
      lonely.client->close();
    }
  });
  lonely.io.run_for(60s);
  CHECK(lonely.io.stopped());
  CHECK(errors == std::vector{ClientError::unreachable, ClientError::closed});
}

TEST_CASE("a client that has too much waiting refuses more as overloaded, until there is room") {
  ClientLimits limits;
  SUBCASE("operations") { limits.unanswered_max = 2; }
  SUBCASE("bytes") { limits.unanswered_bytes_max = 2 * a_get().size(); }
  LonelyClient lonely(1h, limits);
  asio::cancellation_signal signal;
  std::vector<ClientError> errors;
  const auto note = [&](const Outcome& outcome) { errors.push_back(outcome.error); };
  lonely.client->async_execute(a_get(), asio::bind_cancellation_slot(signal.slot(), note));
  for (int i = 0; i < 2; ++i) lonely.client->async_execute(a_get(), note);
  lonely.run_until([&] { return errors.size() == 1; });
  CHECK(errors == std::vector{ClientError::overloaded});
  CHECK(lonely.client->unanswered() == 2);
  signal.emit(asio::cancellation_type::terminal);
  lonely.run_until([&] { return errors.size() == 2; });
  lonely.client->async_execute(a_get(), note);
  CHECK(lonely.client->unanswered() == 2);
}

TEST_CASE("cancellation takes back what has not left, and does no harm later") {
  LonelyClient lonely(1h);
  asio::cancellation_signal signal;
  std::vector<ClientError> errors;
  lonely.client->async_execute(
      a_get(), asio::bind_cancellation_slot(signal.slot(), [&](const Outcome& out) { errors.push_back(out.error); }));
  signal.emit(asio::cancellation_type::terminal);
  CHECK(errors.empty());  // a handler never runs before the call that causes it returns
  lonely.run_until([&] { return !errors.empty(); });
  signal.emit(asio::cancellation_type::terminal);
  lonely.io.poll();
  CHECK(errors == std::vector{ClientError::canceled});
  CHECK(lonely.client->unanswered() == 0);
}

TEST_CASE("frames that do not decode or verify are counted by reason") {
  ClusterFile cluster = cluster_of_nobody();
  const Ed25519Scheme scheme;
  const Ed25519Signer key(seed_of(3));
  const MessageSigner signer(cluster.genesis.cluster_id(), key);
  const Verifier verifier(cluster.genesis, scheme);
  const Identity liar{ReplicaId(2), cluster.genesis.cluster_id(), &signer, &verifier};
  asio::io_context io(1);
  ConnectionPtr connection;
  const auto listener = Listener::open(
      io.get_executor(), liar, {"127.0.0.1", 0}, HelloOptions{},
      [&](ConnectionPtr accepted) { connection = std::move(accepted); }, [](const std::string&) {});
  REQUIRE(listener);
  cluster.addresses[2].port = (*listener)->port();
  Client client(io.get_executor(), cluster, ClientKey{ClientId(0), seed_of(9), nullptr, nullptr});
  run_until(io, [&] { return connection != nullptr; });

  connection->send(std::make_shared<const Bytes>(Bytes{3, 0, 0, 0, 1, 2, 3}));
  std::optional<MarkQuery> query;
  connection->start(
      [&](const std::vector<Bytes>& frames) {
        const auto message = decode(frames.at(0));
        REQUIRE(message);
        query = std::get<MarkQuery>(*message);
      },
      [](const std::string&) {});
  run_until(io, [&] { return query.has_value(); });
  const MarkAnswer unsigned_answer{ClientId(0), query->nonce, Timestamp(1), ReplicaId(2), View(0), {}};
  connection->send(frame_of(unsigned_answer));
  std::array<std::uint64_t, reject_count> expected{};
  expected[static_cast<std::size_t>(Reject::malformed_encoding)] = 1;
  expected[static_cast<std::size_t>(Reject::bad_signature)] = 1;
  run_until(io, [&] { return client.rejected() == expected; });
  connection->close();
}

}  // namespace quorate
