// A client's connections: one to each replica, dialled again for as long as it takes.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "messages/transport_hello.h"

namespace quorate {

class Links {
 public:
  using OnFrames = std::function<void(ReplicaId, std::vector<Bytes>)>;
  using OnChange = std::function<void(ReplicaId, bool connected)>;

  /// What `identity` points to must live as long as this object.
  Links(const asio::any_io_executor& executor, const Identity& identity, std::vector<Address> addresses);

  /// Begins to dial. `owner` owns this object, and is kept alive by all that is under way.
  void start(const std::shared_ptr<void>& owner, OnFrames on_frames, OnChange on_change);
  /// Dropped when there is no connection.
  void send(ReplicaId to, const FramePtr& frame);
  void stop();

 private:
  struct Link {
    explicit Link(const asio::any_io_executor& executor) : retry(executor) {}
    ConnectionPtr connection;
    asio::steady_timer retry;
    std::uint32_t failures = 0;
  };

  void dial_replica(ReplicaId replica);
  void dial_again(ReplicaId replica);
  void adopt(ReplicaId replica, const ConnectionPtr& connection);

  asio::any_io_executor executor_;
  Identity identity_;
  std::vector<Address> addresses_;
  std::vector<Link> links_;
  OnFrames on_frames_;
  OnChange on_change_;
  std::weak_ptr<void> owner_;
  bool stopped_ = false;
};

}  // namespace quorate
