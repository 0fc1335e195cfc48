// The two sides of a hello over one socket, as coroutines; dial and Listener wrap them. Private to the transport.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include "messages/transport_hello.h"

namespace quorate {

/// Does the dialler's part; the peer must prove to be `wanted`. Closing the socket makes it fail.
asio::awaitable<Result<ConnectionPtr>> hello_as_dialler(asio::ip::tcp::socket& socket, const Identity& identity,
                                                        ReplicaId wanted, const HelloOptions& options);
/// Does the listener's part.
asio::awaitable<Result<ConnectionPtr>> hello_as_listener(asio::ip::tcp::socket& socket, const Identity& identity,
                                                         const HelloOptions& options);

}  // namespace quorate
