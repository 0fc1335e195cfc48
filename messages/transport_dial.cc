// The dialler's shell around the handshake (transport_hello.h: dial): resolve, connect, prove, within one deadline.
// Who may be on the other side is for transport_handshake.cc to judge.
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "messages/transport_handshake.h"

namespace quorate {
namespace {

/// What the deadline ends: the name look-up, the connecting socket, the hello.
struct Attempt {
  explicit Attempt(const asio::any_io_executor& executor) : resolver(executor), socket(executor), deadline(executor) {}
  asio::ip::tcp::resolver resolver;
  asio::ip::tcp::socket socket;
  asio::steady_timer deadline;
  bool late = false;
};

asio::awaitable<Result<ConnectionPtr>> connect(std::shared_ptr<Attempt> attempt, Identity identity, ReplicaId wanted,
                                               Address address, HelloOptions options) {
  asio::error_code error;
  const auto found = co_await attempt->resolver.async_resolve(address.host, std::to_string(address.port),
                                                              asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return failure("cannot find host '" + address.host + "': " + error.message());
  co_await asio::async_connect(attempt->socket, found, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return failure(error.message());
  co_return co_await hello_as_dialler(attempt->socket, identity, wanted, options);
}

asio::awaitable<void> run(std::shared_ptr<Attempt> attempt, Identity identity, ReplicaId wanted, Address address,
                          HelloOptions options, OnConnected done) {
  auto result = co_await connect(attempt, identity, wanted, address, options);
  attempt->deadline.cancel();
  if (!result) {
    const std::string why = attempt->late ? "no hello within the deadline" : result.error().message;
    result = failure("replica " + std::to_string(wanted.value) + " at " + address.host + ":" +
                     std::to_string(address.port) + ": " + why);
  }
  done(std::move(result));
}

}  // namespace

void dial(const asio::any_io_executor& executor, const Identity& identity, ReplicaId wanted, const Address& address,
          const HelloOptions& options, OnConnected done) {
  auto attempt = std::make_shared<Attempt>(executor);
  attempt->deadline.expires_after(options.deadline);
  attempt->deadline.async_wait([attempt](const asio::error_code& cancelled) {
    if (cancelled) return;
    attempt->late = true;
    asio::error_code ignored;
    attempt->resolver.cancel();
    attempt->socket.close(ignored);
  });
  asio::co_spawn(executor, run(attempt, identity, wanted, address, options, std::move(done)), asio::detached);
}

}  // namespace quorate
