// Reading waits for readiness and then reads into one buffer that all connections of the thread share: thousands of
// idle clients cost no buffer each, and one call takes up to 256 KiB.
#include "messages/transport.h"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <utility>

#include "crypto/check.h"
#include "messages/codec.h"
#include "messages/limits.h"

namespace quorate {
namespace {

constexpr std::size_t read_bytes_max = 256 * 1024;
constexpr std::size_t gather_frames_max = 64;  // as many pieces as one writev takes

std::span<std::uint8_t> read_buffer() {
  thread_local std::vector<std::uint8_t> buffer(read_bytes_max);
  return buffer;
}

}  // namespace

FramePtr frame_of(const Message& message) {
  const Bytes payload = encode(message);
  const auto header = frame_header(payload.size());
  auto frame = std::make_shared<Bytes>(header.size() + payload.size());
  std::copy(header.begin(), header.end(), frame->begin());
  std::copy(payload.begin(), payload.end(), frame->begin() + header.size());
  return frame;
}

std::string to_string(const Peer& peer) {
  if (const auto* replica = std::get_if<ReplicaId>(&peer)) return "replica " + std::to_string(replica->value);
  return "client " + std::to_string(std::get<ClientId>(peer).value);
}

Connection::Connection(asio::ip::tcp::socket socket, FrameParser parser, Peer peer, const ConnectionOptions& options)
    : socket_(std::move(socket)), parser_(std::move(parser)), peer_(peer), options_(options) {}

void Connection::start(OnFrames on_frames, OnClosed on_closed) {
  on_frames_ = std::move(on_frames);
  on_closed_ = std::move(on_closed);
  // Frames that came right behind the hello are in the parser already.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (!self->open_) return;
    self->deliver_frames();
    if (self->open_) self->wait_readable();
  });
}

void Connection::wait_readable() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](const asio::error_code& error) {
    if (!self->open_) return;
    if (error) return self->end(error.message());
    self->read_available();
  });
}

void Connection::read_available() {
  const auto buffer = read_buffer();
  asio::error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
  if (error && error != asio::error::would_block && error != asio::error::try_again) {
    return end(error == asio::error::eof ? "closed by the other side" : error.message());
  }
  parser_.feed(ByteView(buffer.data(), size));
  deliver_frames();
  if (open_) wait_readable();
}

void Connection::deliver_frames() {
  std::vector<Bytes> frames;
  std::optional<Reject> rejected;
  for (;;) {
    auto next = parser_.next();
    if (!next) {
      rejected = next.error();
      break;
    }
    if (!*next) break;
    frames.push_back(std::move(**next));
  }
  if (!frames.empty()) on_frames_(std::move(frames));
  if (rejected && open_) end("broken stream: " + std::string(to_string(*rejected)));
}

void Connection::send(FramePtr frame) {
  if (!open_) return;
  if (queued_bytes_ + frame->size() > options_.write_queue_bytes_max) {
    ++frames_dropped_;
    if (options_.overflow == Overflow::close) {
      asio::post(socket_.get_executor(),
                 [self = shared_from_this()] { self->end("does not read what it is sent: write queue full"); });
    }
    return;
  }
  queued_bytes_ += frame->size();
  queue_.push_back(std::move(frame));
  schedule_write();
}

void Connection::schedule_write() {
  if (write_scheduled_) return;
  write_scheduled_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write_queued(); });
}

void Connection::write_queued() {
  if (!open_) return;
  check(writing_.empty(), "one write at a time");
  std::vector<asio::const_buffer> pieces;
  while (!queue_.empty() && writing_.size() < gather_frames_max) {
    writing_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    pieces.emplace_back(writing_.back()->data(), writing_.back()->size());
  }
  asio::async_write(socket_, pieces, [self = shared_from_this()](const asio::error_code& error, std::size_t written) {
    self->writing_.clear();
    if (!self->open_) return;
    if (error) return self->end(error.message());
    self->queued_bytes_ -= written;
    self->write_scheduled_ = false;
    if (!self->queue_.empty()) self->schedule_write();
  });
}

void Connection::close() {
  on_closed_ = nullptr;
  end("closed");
}

void Connection::end(const std::string& reason) {
  if (!open_) return;
  open_ = false;
  asio::error_code ignored;
  socket_.close(ignored);
  queue_.clear();
  // The handlers may own what owns this connection, and one of them may be running: they go once it has returned.
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->on_frames_ = nullptr; });
  if (auto on_closed = std::exchange(on_closed_, nullptr)) on_closed(reason);
}

}  // namespace quorate
