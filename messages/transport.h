// One authenticated connection: frames in, frames out, over TCP.
//
// A connection is made by transport_hello.h, never here. Reads take what is there, up to 256 KiB at a time, and hand on
// all whole frames at once; writes gather everything queued into one call. Nothing here decodes or verifies frames.
// All of it runs on the one thread that runs the executor.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "crypto/bytes.h"
#include "messages/frame.h"
#include "messages/messages.h"

namespace quorate {

/// Both sides of a connection must speak the same version.
inline constexpr std::uint32_t wire_version = 2;

/// A whole frame, length included; encoded once and shared by all connections that send it.
using FramePtr = std::shared_ptr<const Bytes>;
FramePtr frame_of(const Message& message);

/// The authenticated other side.
using Peer = std::variant<ReplicaId, ClientId>;
/// "replica 2" or "client 7".
std::string to_string(const Peer& peer);

/// What happens to a frame that finds the write queue full. Replicas: the new frame is dropped and counted; what is
/// queued stays in order, and the status exchange sends again what was lost. Clients: the connection is closed; the
/// client dials again and retransmits.
enum class Overflow : std::uint8_t { drop_newest, close };

struct ConnectionOptions {
  std::size_t write_queue_bytes_max = 64 * 1024 * 1024;
  Overflow overflow = Overflow::drop_newest;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Payloads of the frames that one read completed, in order; never empty.
  using OnFrames = std::function<void(std::vector<Bytes>)>;
  /// Called once, after the last OnFrames; says why. Not called after close().
  using OnClosed = std::function<void(const std::string& reason)>;

  /// Takes a socket whose hello is done, and the parser that may hold bytes that came after it.
  Connection(asio::ip::tcp::socket socket, FrameParser parser, Peer peer, const ConnectionOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Peer& peer() const { return peer_; }
  /// Begins to read. Handlers are released when the connection ends. May call on_frames only after returning.
  void start(OnFrames on_frames, OnClosed on_closed);
  /// Queues a frame. It is written after the caller returns to the executor, together with all others queued by then.
  void send(FramePtr frame);
  /// Ends the connection at once; what is queued is lost. Harmless when it has ended already.
  void close();
  bool is_open() const { return open_; }
  std::size_t queued_bytes() const { return queued_bytes_; }
  std::uint64_t frames_dropped() const { return frames_dropped_; }

 private:
  void wait_readable();
  void read_available();
  void deliver_frames();
  void schedule_write();
  void write_queued();
  void end(const std::string& reason);

  asio::ip::tcp::socket socket_;
  FrameParser parser_;
  Peer peer_;
  ConnectionOptions options_;
  OnFrames on_frames_;
  OnClosed on_closed_;
  std::deque<FramePtr> queue_;
  std::vector<FramePtr> writing_;
  std::size_t queued_bytes_ = 0;  // queue_ and writing_
  std::uint64_t frames_dropped_ = 0;
  bool write_scheduled_ = false;
  bool open_ = true;
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace quorate
