// The connections to the other replicas: dialled again until they stand, one for each peer.
//
// Of two replicas the lower id dials. A second connection of the same peer replaces the first only after its hello,
// which is when it gets here. A frame for a peer without a connection is dropped: the status exchange sends it again.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/cluster_file.h"
#include "messages/transport_hello.h"
#include "replica/log_limit.h"

namespace quorate {

class Peers {
 public:
  using OnFrames = std::function<void(ReplicaId, std::vector<Bytes>)>;
  using OnChange = std::function<void(ReplicaId, bool connected)>;

  Peers(asio::io_context& main, const Identity& identity, const std::vector<Address>& addresses,
        const HelloOptions& options, OnFrames on_frames, OnChange on_change);

  /// Begins to dial all replicas with a higher id.
  void start();
  /// Takes a connection that a peer made.
  void adopt(const ConnectionPtr& connection);
  void send(ReplicaId to, FramePtr frame);
  /// Closes all connections and dials no more.
  void stop();

 private:
  struct Link {
    explicit Link(asio::io_context& main) : retry(main) {}
    ConnectionPtr connection;
    asio::steady_timer retry;
    std::uint32_t failures = 0;
    std::string last_failure;
    LogLimit lines;
  };
  void dial_peer(ReplicaId peer);
  void dial_again(ReplicaId peer);
  bool dialled_here(ReplicaId peer) const;
  void log(Link& link, const std::string& line);

  asio::io_context& main_;
  Identity identity_;
  ReplicaId self_;
  std::vector<Address> addresses_;
  HelloOptions options_;
  OnFrames on_frames_;
  OnChange on_change_;
  std::vector<Link> links_;  // index = ReplicaId
  bool stopped_ = false;
};

}  // namespace quorate
