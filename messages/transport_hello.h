// The signed hello: how two processes find out who is on the other side of a new connection.
//
//   dialler  → Hello{version, kind, id, cluster id, nonce}
//   listener → HelloAnswer{version, replica, nonce, signature over both}
//   dialler  → HelloProof{signature over both}
// The nonces are fresh, so a recorded proof is worth nothing. The connection is authenticated at its start and not
// encrypted. A deadline and a small frame limit hold until the hello is done.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "crypto/error.h"
#include "messages/cluster_file.h"
#include "messages/sign.h"
#include "messages/transport.h"
#include "messages/verify.h"

namespace quorate {

/// Who this process is. The objects pointed to must outlive every dial and listener.
struct Identity {
  Peer self;
  Digest cluster_id;
  const MessageSigner* signer = nullptr;
  const Verifier* verifier = nullptr;
};

struct HelloOptions {
  std::chrono::milliseconds deadline{3000};
  std::size_t frame_bytes_max = 1024;  // of one hello frame
  std::size_t pending_max = 64;        // unauthenticated connections of a listener; the oldest makes room
  ConnectionOptions replicas;          // for connections to replicas
  ConnectionOptions clients{8 * 1024 * 1024, Overflow::close};  // for connections to clients
};

using OnConnected = std::function<void(Result<ConnectionPtr>)>;

/// Connects to `address` (a name is looked up), says hello and checks that the answer comes from `wanted`. Calls `done`
/// once, never before it returns. Errors say which address, and what is wrong on which side.
void dial(const asio::any_io_executor& executor, const Identity& identity, ReplicaId wanted, const Address& address,
          const HelloOptions& options, OnConnected done);

/// Accepts connections for a replica. Only authenticated ones are handed out.
class Listener {
 public:
  using OnConnection = std::function<void(ConnectionPtr)>;
  /// One line for the log about a connection that was refused.
  using OnRefused = std::function<void(const std::string& why)>;

  /// Binds and listens. Errors: the address does not resolve, is in use or not ours.
  static Result<std::unique_ptr<Listener>> open(const asio::any_io_executor& executor, const Identity& identity,
                                                const Address& address, const HelloOptions& options,
                                                OnConnection on_connection, OnRefused on_refused);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The port in use: the one asked for, or the one that the system chose for port 0.
  std::uint16_t port() const;
  /// Connections whose hello is not done yet.
  std::size_t pending() const;
  /// Stops accepting and drops the pending connections.
  void close();

 private:
  class Hall;
  explicit Listener(std::shared_ptr<Hall> hall);
  std::shared_ptr<Hall> hall_;
};

}  // namespace quorate
