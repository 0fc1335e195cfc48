// The live connections of clients: replies go to all connections of the client that they are for.
//
// A client may hold a few at once (an old one may not have been noticed as dead yet); the oldest makes room.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "messages/transport.h"

namespace quorate {

class ClientLinks {
 public:
  static constexpr std::size_t connections_max = 4;  // for each client
  using OnFrames = std::function<void(ClientId, std::vector<Bytes>)>;

  explicit ClientLinks(OnFrames on_frames);

  void adopt(const ConnectionPtr& connection);
  void send(ClientId to, const FramePtr& frame);
  /// True when nobody would hear an answer.
  bool absent(ClientId client) const;
  void stop();

 private:
  void remove(ClientId client, const Connection* connection);

  OnFrames on_frames_;
  std::map<ClientId, std::vector<ConnectionPtr>> links_;  // oldest first
};

}  // namespace quorate
