#include "tests/cluster/faulty_network.h"

#include <algorithm>
#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <future>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace quorate::cluster_tests {
namespace {

using asio::ip::tcp;
using Direction = std::pair<std::uint32_t, std::uint32_t>;  // from, to

/// What all links share.
struct Conditions {
  std::map<Direction, LinkFaults> faults;
  LinkTotals totals;
  std::uint64_t dice;

  std::uint64_t draw(std::uint64_t bound) {
    dice = dice * 6364136223846793005 + 1442695040888963407;
    return (dice >> 33) % bound;
  }
};

/// Both sockets of one connection.
struct Ends {
  explicit Ends(asio::io_context& io) : target(io) {}
  std::unique_ptr<tcp::socket> dialler;
  tcp::socket target;
  void close() {
    std::error_code ignored;
    dialler->close(ignored);
    target.close(ignored);
  }
};

/// One direction of one connection: read, wait as long as the faults say, write in pieces.
class Way : public std::enable_shared_from_this<Way> {
 public:
  Way(asio::io_context& io, std::shared_ptr<Ends> ends, bool onwards, Direction direction, Conditions& conditions)
      : ends_(std::move(ends)),
        from_(onwards ? *ends_->dialler : ends_->target),
        to_(onwards ? ends_->target : *ends_->dialler),
        direction_(direction),
        conditions_(conditions),
        pause_(io) {}

  void read() {
    from_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](std::error_code error, std::size_t size) {
      if (error) return self->ends_->close();
      self->pass(0, size);
    });
  }

 private:
  /// Carries on the bytes in [begin, end), then reads more.
  void pass(std::size_t begin, std::size_t end) {
    if (begin == end) return read();
    const LinkFaults& faults = conditions_.faults[direction_];
    if (faults.silent) {
      conditions_.totals.bytes_swallowed += end - begin;
      return read();
    }
    if (conditions_.draw(1000) < faults.cut_permille) {
      ++conditions_.totals.cuts;
      return ends_->close();
    }
    std::size_t size = end - begin;
    if (faults.piece_bytes != 0) size = std::min(size, faults.piece_bytes);
    std::chrono::microseconds wait = faults.delay;
    if (faults.bytes_per_second != 0) {
      size = std::min(size, std::max<std::size_t>(1, faults.bytes_per_second / 100));
      wait += std::chrono::microseconds(size * 1'000'000 / faults.bytes_per_second);
    }
    if (wait.count() == 0) return write(begin, size, end);
    ++conditions_.totals.delayed;
    pause_.expires_after(wait);
    pause_.async_wait([self = shared_from_this(), begin, size, end](std::error_code error) {
      if (!error) self->write(begin, size, end);
    });
  }
  void write(std::size_t begin, std::size_t size, std::size_t end) {
    ++conditions_.totals.pieces;
    asio::async_write(to_, asio::buffer(buffer_.data() + begin, size),
                      [self = shared_from_this(), begin, size, end](std::error_code error, std::size_t) {
                        if (error) return self->ends_->close();
                        self->pass(begin + size, end);
                      });
  }

  std::shared_ptr<Ends> ends_;
  tcp::socket& from_;
  tcp::socket& to_;
  Direction direction_;
  Conditions& conditions_;
  asio::steady_timer pause_;
  std::array<std::uint8_t, 65536> buffer_{};
};

}  // namespace

class FaultyNetwork::Links {
 public:
  explicit Links(std::uint64_t seed) : conditions_{{}, {}, seed}, thread_([this] { io_.run(); }) {}
  ~Links() {
    io_.stop();
    thread_.join();
  }

  std::uint16_t link(Direction direction, std::uint16_t target_port) {
    auto acceptor = std::make_shared<tcp::acceptor>(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    const std::uint16_t port = acceptor->local_endpoint().port();
    asio::post(io_, [this, acceptor, direction, target_port] { accept(acceptor, direction, target_port); });
    return port;
  }
  void set(Direction direction, const LinkFaults& faults) {
    on_thread([this, direction, &faults] {
      if (std::exchange(conditions_.faults[direction], faults).silent) cut(direction.first, direction.second);
    });
  }
  void cut_now(std::uint32_t a, std::uint32_t b) {
    on_thread([this, a, b] { cut(a, b); });
  }
  LinkTotals totals() {
    LinkTotals totals;
    on_thread([&] { totals = conditions_.totals; });
    return totals;
  }

 private:
  template <typename Action>
  void on_thread(Action action) {
    std::promise<void> done;
    asio::post(io_, [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }
  void cut(std::uint32_t a, std::uint32_t b) {
    for (const Direction& dialled : {Direction(a, b), Direction(b, a)}) {
      for (const auto& weak : std::exchange(connections_[dialled], {})) {
        const auto ends = weak.lock();
        if (!ends) continue;
        ++conditions_.totals.cuts;
        ends->close();
      }
    }
  }
  void accept(const std::shared_ptr<tcp::acceptor>& acceptor, Direction direction, std::uint16_t target_port) {
    acceptor->async_accept([this, acceptor, direction, target_port](std::error_code error, tcp::socket socket) {
      if (error) return;
      carry(std::make_unique<tcp::socket>(std::move(socket)), direction, target_port);
      accept(acceptor, direction, target_port);
    });
  }
  void carry(std::unique_ptr<tcp::socket> dialler, Direction direction, std::uint16_t target_port) {
    auto ends = std::make_shared<Ends>(io_);
    ends->dialler = std::move(dialler);
    const tcp::endpoint target(asio::ip::address_v4::loopback(), target_port);
    ends->target.async_connect(target, [this, ends, direction](std::error_code error) {
      if (error) return;  // the replica is down: dropping the sockets closes the dialler's side
      std::error_code ignored;
      ends->dialler->set_option(tcp::no_delay(true), ignored);
      ends->target.set_option(tcp::no_delay(true), ignored);
      auto& open = connections_[direction];
      std::erase_if(open, [](const auto& weak) { return weak.expired(); });
      open.push_back(ends);
      const Direction back(direction.second, direction.first);
      std::make_shared<Way>(io_, ends, true, direction, conditions_)->read();
      std::make_shared<Way>(io_, ends, false, back, conditions_)->read();
    });
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  Conditions conditions_;
  std::map<Direction, std::vector<std::weak_ptr<Ends>>> connections_;  // by who dialled whom
  std::thread thread_;
};

FaultyNetwork::FaultyNetwork(std::uint64_t seed) : links_(std::make_unique<Links>(seed)) {}
FaultyNetwork::~FaultyNetwork() = default;
std::uint16_t FaultyNetwork::link(std::uint32_t dialler, std::uint32_t target, std::uint16_t target_port) {
  return links_->link({dialler, target}, target_port);
}
void FaultyNetwork::set(std::uint32_t from, std::uint32_t to, const LinkFaults& faults) {
  links_->set({from, to}, faults);
}
void FaultyNetwork::cut(std::uint32_t a, std::uint32_t b) { links_->cut_now(a, b); }
LinkTotals FaultyNetwork::totals() const { return links_->totals(); }

}  // namespace quorate::cluster_tests
