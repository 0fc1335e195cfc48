#include "tests/cluster/vote_tap.h"

#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include "messages/codec.h"
#include "messages/frame.h"
#include "messages/limits.h"

namespace quorate::cluster_tests {
namespace {

using asio::ip::tcp;

struct CollectVotes {
  const Quorums& quorums;
  std::vector<Vote>& votes;

  void operator()(const PrePrepare& m) const {
    const auto& h = m.header;
    votes.push_back({MessageType::pre_prepare, h.view, h.n, quorums.primary_of(h.view), h.digest, m.signature});
  }
  void operator()(const Prepare& m) const {
    votes.push_back({MessageType::prepare, m.view, m.n, m.replica, m.digest, m.signature});
  }
  void operator()(const Commit& m) const {
    votes.push_back({MessageType::commit, m.view, m.n, m.replica, m.digest, m.signature});
  }
  void operator()(const Checkpoint& m) const {
    votes.push_back({MessageType::checkpoint, View(0), m.n, m.replica, m.root, m.signature});
  }
  void operator()(const StableCheckpoint& m) const {
    for (const SignedBy& part : m.checkpoints)
      votes.push_back({MessageType::checkpoint, View(0), m.n, part.replica, m.root, part.signature});
  }
  void operator()(const CommittedBatch& m) const {
    const auto& c = m.certificate;
    for (const SignedBy& part : c.commits)
      votes.push_back({MessageType::commit, c.view, c.n, part.replica, c.digest, part.signature});
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

using VoteKey = std::tuple<MessageType, View, SequenceNumber, ReplicaId, Digest>;

/// Shared by all connections; written on the relay's thread, read by the test's.
class Archive {
 public:
  explicit Archive(const Quorums& quorums) : quorums_(quorums) {}

  void add(const Message& message) {
    const std::lock_guard lock(mutex_);
    for (const Vote& vote : votes_in(message, quorums_))
      votes_.try_emplace({vote.type, vote.view, vote.n, vote.replica, vote.digest}, vote);
  }
  std::vector<Vote> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<Vote> votes;
    for (const auto& [key, vote] : votes_) votes.push_back(vote);
    return votes;
  }

 private:
  Quorums quorums_;
  mutable std::mutex mutex_;
  std::map<VoteKey, Vote> votes_;
};

/// One direction of one connection.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, Archive& archive)
      : from_(std::move(from)), to_(std::move(to)), archive_(&archive), frames_(limits::frame_bytes_max) {}

  void read() {
    from_->async_read_some(asio::buffer(buffer_), [self = shared_from_this()](std::error_code error, std::size_t size) {
      if (error) return self->close();
      self->observe(ByteView(self->buffer_.data(), size));
      self->write(size);
    });
  }

 private:
  void write(std::size_t size) {
    asio::async_write(*to_, asio::buffer(buffer_.data(), size),
                      [self = shared_from_this()](std::error_code error, std::size_t) {
                        if (error) return self->close();
                        self->read();
                      });
  }
  void observe(ByteView bytes) {
    frames_.feed(bytes);
    for (auto frame = frames_.next(); frame && *frame; frame = frames_.next()) {
      if (const auto message = decode(**frame)) archive_->add(*message);
    }
  }
  void close() {
    std::error_code ignored;
    from_->close(ignored);
    to_->close(ignored);
  }

  std::shared_ptr<tcp::socket> from_;
  std::shared_ptr<tcp::socket> to_;
  Archive* archive_;
  FrameParser frames_;
  std::array<std::uint8_t, 65536> buffer_{};
};

}  // namespace

std::vector<Vote> votes_in(const Message& message, const Quorums& quorums) {
  std::vector<Vote> votes;
  std::visit(CollectVotes{quorums, votes}, message);
  return votes;
}

class VoteTap::Relay {
 public:
  explicit Relay(const Quorums& quorums) : archive_(quorums), thread_([this] { io_.run(); }) {}
  ~Relay() {
    io_.stop();
    thread_.join();
  }

  std::uint16_t forward_to(std::uint16_t target_port) {
    auto acceptor = std::make_shared<tcp::acceptor>(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    const std::uint16_t port = acceptor->local_endpoint().port();
    asio::post(io_, [this, acceptor, target_port] { accept(acceptor, target_port); });
    return port;
  }
  std::vector<Vote> votes() const { return archive_.all(); }

 private:
  void accept(const std::shared_ptr<tcp::acceptor>& acceptor, std::uint16_t target_port) {
    acceptor->async_accept([this, acceptor, target_port](std::error_code error, tcp::socket socket) {
      if (error) return;
      carry(std::make_shared<tcp::socket>(std::move(socket)), target_port);
      accept(acceptor, target_port);
    });
  }
  void carry(std::shared_ptr<tcp::socket> dialler, std::uint16_t target_port) {
    auto listener = std::make_shared<tcp::socket>(io_);
    const tcp::endpoint target(asio::ip::address_v4::loopback(), target_port);
    listener->async_connect(target, [this, dialler = std::move(dialler), listener](std::error_code error) {
      if (error) return;  // the replica is down: dropping the sockets closes the dialler's side
      std::error_code ignored;
      dialler->set_option(tcp::no_delay(true), ignored);
      listener->set_option(tcp::no_delay(true), ignored);
      std::make_shared<Pipe>(dialler, listener, archive_)->read();
      std::make_shared<Pipe>(listener, dialler, archive_)->read();
    });
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  Archive archive_;
  std::thread thread_;
};

VoteTap::VoteTap(const Quorums& quorums) : relay_(std::make_unique<Relay>(quorums)) {}
VoteTap::~VoteTap() = default;
std::uint16_t VoteTap::forward_to(std::uint16_t target_port) { return relay_->forward_to(target_port); }
std::vector<Vote> VoteTap::votes() const { return relay_->votes(); }

}  // namespace quorate::cluster_tests
