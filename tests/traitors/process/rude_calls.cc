#include "tests/traitors/process/rude_calls.h"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>

#include "crypto/random.h"
#include "messages/codec.h"

namespace quorate::traitors {
namespace {

using asio::ip::tcp;

constexpr std::size_t under_way_max = 400;  // more than all listeners of a cluster of six have room for
constexpr std::chrono::milliseconds between_bytes{200};

auto or_error(asio::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

/// Says a hello so slowly that it never ends.
asio::awaitable<void> loiter(tcp::socket& socket, const Bytes& hello) {
  asio::steady_timer pause(socket.get_executor());
  asio::error_code error;
  for (const std::uint8_t& byte : hello) {
    co_await asio::async_write(socket, asio::buffer(&byte, 1), or_error(error));
    if (error) co_return;
    pause.expires_after(between_bytes);
    co_await pause.async_wait(or_error(error));
  }
}

/// Says a whole hello, proves it with a signature of nobody, and hears what comes of it.
asio::awaitable<void> squat(tcp::socket& socket, const Bytes& hello) {
  asio::error_code error;
  co_await asio::async_write(socket, asio::buffer(hello), or_error(error));
  const FramePtr proof = frame_of(HelloProof{});
  if (!error) co_await asio::async_write(socket, asio::buffer(*proof), or_error(error));
  std::array<char, 1024> answer{};
  while (!error) co_await socket.async_read_some(asio::buffer(answer), or_error(error));
}

}  // namespace

RudeCalls::RudeCalls(const Seat& seat, const SignatureScheme& scheme)
    : main_(seat.main),
      cluster_(seat.cluster),
      self_(seat.self),
      keys_(seat.keys),
      verifier_(seat.cluster.genesis, scheme, 0),
      identity_{self_, seat.cluster.genesis.cluster_id(), &keys_, &verifier_} {}

void RudeCalls::make(ReplicaId to, Rudeness how) {
  if (how == Rudeness::hang_up) return hang_up(to);
  if (under_way_ >= under_way_max) return;
  ++under_way_;
  asio::co_spawn(main_, call(to, how), asio::detached);
}

void RudeCalls::hang_up(ReplicaId to) {
  if (to < self_) return;
  dial(main_.get_executor(), identity_, to, cluster_.addresses[to.value], HelloOptions{},
       [](const Result<ConnectionPtr>& connected) {
         if (connected) (*connected)->close();
       });
}

asio::awaitable<void> RudeCalls::call(ReplicaId to, Rudeness how) {
  const Address& address = cluster_.addresses[to.value];
  const auto others = static_cast<std::uint32_t>(cluster_.addresses.size() - 1);
  const auto another = static_cast<std::uint32_t>((self_.value + 1 + random_u64() % others) % (others + 1));
  const FramePtr hello =
      frame_of(Hello{wire_version, PeerKind::replica, another, identity_.cluster_id, random_nonce()});
  tcp::resolver resolver(main_);
  tcp::socket socket(main_);
  asio::error_code error;
  const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port), or_error(error));
  if (!error) co_await asio::async_connect(socket, found, or_error(error));
  if (!error && how == Rudeness::loiter) co_await loiter(socket, *hello);
  if (!error && how == Rudeness::squat) co_await squat(socket, *hello);
  --under_way_;
}

}  // namespace quorate::traitors
