// All connections of a replica behind one door: frames leave by `send` and arrive at one handler, whoever is there.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <vector>

#include "replica/client_links.h"
#include "replica/middleman.h"
#include "replica/peers.h"

namespace quorate {

class Wire {
 public:
  using OnFrames = std::function<void(const Peer&, std::vector<Bytes>)>;

  /// `middleman` may be null; else he outlives this object.
  Wire(asio::io_context& main, const Identity& identity, const std::vector<Address>& addresses, Middleman* middleman,
       OnFrames on_frames, Peers::OnChange on_change);

  /// Begins to dial the other replicas.
  void start();
  /// Takes a connection that somebody made.
  void adopt(const ConnectionPtr& connection);
  void send(const Peer& to, FramePtr frame);
  /// True when nobody would hear an answer.
  bool absent(ClientId client) const { return clients_.absent(client); }
  void stop();

 private:
  void arrived(const Peer& from, std::vector<Bytes> payloads);
  void put_out(const Peer& to, FramePtr frame);

  Middleman* middleman_;
  OnFrames on_frames_;
  Peers peers_;
  ClientLinks clients_;
};

}  // namespace quorate
