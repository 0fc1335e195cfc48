// The client library against real replicas: how many must be up, and what becomes of calls that their caller gives up.
#include <doctest/doctest.h>
#include <signal.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <thread>

#include "client/blocking_client.h"
#include "client/client_key.h"
#include "client/key_value.h"
#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;

Bytes put_of(const std::string& key) { return encode_operation(Put{as_bytes(key), as_bytes("v")}).value(); }

struct Caller {
  explicit Caller(const Processes& replicas, const ClientLimits& limits = {}) {
    const auto key = take_client_key(replicas.cluster_file(), replicas.cluster());
    REQUIRE(key);
    client.emplace(io.get_executor(), replicas.cluster(), *key, limits);
  }
  template <typename Condition>
  void run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    io.restart();
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      io.run_one_for(50ms);
    }
  }
  asio::io_context io{1};
  std::optional<Client> client;
};

/// A view change would find the operations that a test wants to be lost in a silent primary.
Processes::Options without_view_changes() {
  Processes::Options options;
  options.arguments.insert(options.arguments.end(), {"--view-timeout-ms", "3600000"});
  return options;
}

}  // namespace

TEST_CASE("client library: it works with q replicas up, whichever they are, and not with fewer") {
  Processes replicas;
  for (const std::uint32_t replica : {1U, 2U, 3U}) replicas.start(replica);  // the first primary is away
  Caller caller(replicas);
  std::optional<Outcome> outcome;
  caller.client->async_execute(put_of("k"), [&](Outcome arrived) { outcome = std::move(arrived); });
  caller.run_until([&] { return outcome.has_value(); });
  CHECK(outcome->error == ClientError::none);
  CHECK(caller.client->connected() == 3);
  replicas.end(1, SIGKILL);
  ClientLimits impatient;
  impatient.deadline = 500ms;
  Caller other(replicas, impatient);
  std::optional<Outcome> none;
  other.client->async_execute(put_of("l"), [&](Outcome arrived) { none = std::move(arrived); });
  other.run_until([&] { return none.has_value(); });
  CHECK(none->error == ClientError::unreachable);
}

TEST_CASE("client library: callback, future and coroutine, and several threads on one blocking client") {
  Processes replicas;
  replicas.start_all();
  Caller caller(replicas);
  bool called = false;
  bool resumed = false;
  caller.client->async_execute(put_of("a"),
                               [&](const Outcome& outcome) { called = outcome.error == ClientError::none; });
  auto future = async_execute(*caller.client, put_of("b"), asio::use_future);
  const auto coroutine = [&]() -> asio::awaitable<void> {
    const Answer answer = co_await async_execute(*caller.client, put_of("c"), asio::use_awaitable);
    resumed = answer.error == ClientError::none;
  };
  asio::co_spawn(caller.io, coroutine, asio::detached);
  caller.run_until([&] { return called && resumed && future.wait_for(0s) == std::future_status::ready; });
  CHECK(future.get().error == ClientError::none);

  const auto blocking = BlockingClient::open(replicas.cluster_file());
  REQUIRE(blocking);
  std::vector<std::thread> threads;
  std::array<int, 8> done{};
  for (int& mine : done) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto answer = (*blocking)->execute(Add{as_bytes("sum"), 1});
        mine += answer && answer->error == ClientError::none ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int mine : done) CHECK(mine == 20);
  const auto sum = (*blocking)->execute(Add{as_bytes("sum"), 0});
  REQUIRE(sum);
  REQUIRE(std::holds_alternative<Sum>(sum->result));
  CHECK(std::get<Sum>(sum->result).value == 160);
}

TEST_CASE("client library: what has left ends with its handle when it is canceled or the client is closed") {
  Processes replicas(without_view_changes());
  replicas.start_all();
  Caller caller(replicas);
  std::optional<Outcome> first;
  caller.client->async_execute(put_of("first"), [&](Outcome arrived) { first = std::move(arrived); });
  caller.run_until([&] { return first.has_value(); });
  REQUIRE(::kill(replicas.pid(0), SIGSTOP) == 0);  // nobody orders what the others hear
  std::optional<Outcome> closed;
  caller.client->async_execute(put_of("closed"), [&](Outcome arrived) { closed = std::move(arrived); });
  // What has not left yet is taken back; sooner or later one has left, and with it the one before.
  std::optional<Outcome> canceled;
  caller.run_until([&] {
    asio::cancellation_signal signal;
    canceled.reset();
    caller.client->async_execute(put_of("canceled"), asio::bind_cancellation_slot(signal.slot(), [&](Outcome arrived) {
                                   canceled = std::move(arrived);
                                 }));
    caller.io.run_one_for(5ms);
    signal.emit(asio::cancellation_type::terminal);
    caller.run_until([&] { return canceled.has_value(); });
    CHECK((canceled->error == ClientError::outcome_unknown || canceled->error == ClientError::canceled));
    return canceled->error == ClientError::outcome_unknown;
  });
  caller.client->close();
  caller.run_until([&] { return closed.has_value(); });
  CHECK(closed->error == ClientError::closed);
  REQUIRE(::kill(replicas.pid(0), SIGCONT) == 0);
  caller.client.reset();
  caller.io.restart();
  caller.io.run();  // to its end, so that its key is free

  Caller later(replicas);
  for (const Outcome& outcome : {*canceled, *closed}) {
    REQUIRE(outcome.handle);
    std::optional<Resolution> resolution;
    later.client->async_outcome(*outcome.handle, [&](Resolution arrived) { resolution = arrived; });
    later.run_until([&] { return resolution.has_value(); });
    CHECK(resolution->error == ClientError::none);
    CHECK(resolution->ending != Ending::lost);
  }
}

}  // namespace quorate::cluster_tests
