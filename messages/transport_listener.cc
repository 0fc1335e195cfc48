// The listener's shell around the handshake (transport_hello.h: Listener): guests are few, and are gone when they are
// slow. Who may come in is for transport_handshake.cc to judge.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <list>

#include "messages/transport_handshake.h"

namespace quorate {
namespace {

/// A connection whose hello is not done.
struct Guest {
  explicit Guest(asio::ip::tcp::socket connected) : socket(std::move(connected)), deadline(socket.get_executor()) {}
  void turn_away(const std::string& reason) {
    why = reason;
    asio::error_code ignored;
    socket.close(ignored);
  }
  asio::ip::tcp::socket socket;
  asio::steady_timer deadline;
  std::string why;  // set when we ended it ourselves
};

}  // namespace

class Listener::Hall : public std::enable_shared_from_this<Listener::Hall> {
 public:
  Hall(const asio::any_io_executor& executor, const Identity& identity, const HelloOptions& options,
       OnConnection on_connection, OnRefused on_refused)
      : identity_(identity),
        options_(options),
        on_connection_(std::move(on_connection)),
        on_refused_(std::move(on_refused)),
        acceptor_(executor),
        retry_(executor) {}

  Result<void> listen(const Address& address) {
    const std::string where = address.host + ":" + std::to_string(address.port);
    asio::error_code error;
    asio::ip::tcp::resolver resolver(acceptor_.get_executor());
    const auto found =
        resolver.resolve(address.host, std::to_string(address.port), asio::ip::tcp::resolver::passive, error);
    if (error || found.empty()) return failure("cannot listen on " + where + ": host not found: " + error.message());
    // A name may have several addresses, some of a family that this machine does not have.
    for (const auto& entry : found) {
      error = listen_at(entry.endpoint());
      if (!error) return {};
      if (error == asio::error::address_in_use) break;
    }
    if (error == asio::error::address_in_use) {
      return failure("cannot listen on " + where + ": the port is in use; stop the process that has it");
    }
    const bool foreign = error.value() == EADDRNOTAVAIL;
    return failure(
        "cannot listen on " + where + ": " + error.message() +
        (foreign ? "; if the others reach this machine there, listen at an address of its own: --listen" : ""));
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const asio::error_code& error, asio::ip::tcp::socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (!error) {
        self->admit(std::move(socket));
        return self->accept();
      }
      // Out of descriptors, most likely: accepting again at once would spin.
      self->on_refused_("cannot accept a connection: " + error.message());
      self->retry_.expires_after(std::chrono::milliseconds(100));
      self->retry_.async_wait([self](const asio::error_code& cancelled) {
        if (!cancelled) self->accept();
      });
    });
  }

  void close() {
    asio::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    for (const auto& guest : guests_) guest->turn_away("this replica stops");
  }

  std::uint16_t port() const {
    asio::error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }
  std::size_t pending() const { return guests_.size(); }

 private:
  asio::error_code listen_at(const asio::ip::tcp::endpoint& endpoint) {
    asio::error_code error;
    asio::error_code ignored;
    acceptor_.close(ignored);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  void admit(asio::ip::tcp::socket socket) {
    if (guests_.size() >= options_.pending_max) {
      // A loyal hello takes a round trip: the oldest is the likeliest to be idle.
      guests_.front()->turn_away("too many connections without a hello");
      guests_.pop_front();
    }
    auto guest = std::make_shared<Guest>(std::move(socket));
    guests_.push_back(guest);
    guest->deadline.expires_after(options_.deadline);
    guest->deadline.async_wait([guest](const asio::error_code& cancelled) {
      if (!cancelled) guest->turn_away("no hello within the deadline");
    });
    asio::co_spawn(acceptor_.get_executor(), receive(shared_from_this(), guest), asio::detached);
  }

  static asio::awaitable<void> receive(std::shared_ptr<Hall> self, std::shared_ptr<Guest> guest) {
    asio::error_code unknown;
    const auto remote = guest->socket.remote_endpoint(unknown);
    auto result = co_await hello_as_listener(guest->socket, self->identity_, self->options_);
    guest->deadline.cancel();
    self->guests_.remove(guest);
    if (!self->acceptor_.is_open()) co_return;
    if (result) {
      self->on_connection_(std::move(*result));
    } else {
      const std::string from = unknown ? "somebody" : remote.address().to_string();
      self->on_refused_("connection from " + from +
                        " refused: " + (guest->why.empty() ? result.error().message : guest->why));
    }
  }

  Identity identity_;
  HelloOptions options_;
  OnConnection on_connection_;
  OnRefused on_refused_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::list<std::shared_ptr<Guest>> guests_;  // oldest first
};

Result<std::unique_ptr<Listener>> Listener::open(const asio::any_io_executor& executor, const Identity& identity,
                                                 const Address& address, const HelloOptions& options,
                                                 OnConnection on_connection, OnRefused on_refused) {
  auto hall = std::make_shared<Hall>(executor, identity, options, std::move(on_connection), std::move(on_refused));
  if (auto listening = hall->listen(address); !listening) return tl::unexpected(listening.error());
  hall->accept();
  return std::unique_ptr<Listener>(new Listener(std::move(hall)));
}

Listener::Listener(std::shared_ptr<Hall> hall) : hall_(std::move(hall)) {}
Listener::~Listener() { close(); }
std::uint16_t Listener::port() const { return hall_->port(); }
std::size_t Listener::pending() const { return hall_->pending(); }
void Listener::close() { hall_->close(); }

}  // namespace quorate
