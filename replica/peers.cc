#include "replica/peers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/random.h"
#include "replica/moment_now.h"

namespace quorate {
namespace {

/// 50 ms, doubled for each failure up to 200 ms: a restarted replica votes no sooner than it is dialled. Half of it is
/// drawn, so that replicas do not dial in step.
std::chrono::milliseconds backoff(std::uint32_t failures) {
  const std::uint64_t full = std::uint64_t{50} << std::min<std::uint32_t>(failures, 2);
  return std::chrono::milliseconds(full / 2 + random_u64() % (full / 2 + 1));
}

}  // namespace

Peers::Peers(asio::io_context& main, const Identity& identity, const std::vector<Address>& addresses,
             const HelloOptions& options, OnFrames on_frames, OnChange on_change)
    : main_(main),
      identity_(identity),
      self_(std::get<ReplicaId>(identity.self)),
      addresses_(addresses),
      options_(options),
      on_frames_(std::move(on_frames)),
      on_change_(std::move(on_change)) {
  links_.reserve(addresses_.size());
  for (std::size_t i = 0; i < addresses_.size(); ++i) links_.emplace_back(main);
}

bool Peers::dialled_here(ReplicaId peer) const { return self_ < peer; }

void Peers::start() {
  for (std::uint32_t i = 0; i < links_.size(); ++i) {
    if (dialled_here(ReplicaId(i))) dial_peer(ReplicaId(i));
  }
}

void Peers::dial_peer(ReplicaId peer) {
  dial(main_.get_executor(), identity_, peer, addresses_[peer.value], options_,
       [this, peer](Result<ConnectionPtr> connected) {
         if (stopped_) return;
         Link& link = links_[peer.value];
         if (connected) {
           link.failures = 0;
           return adopt(*connected);
         }
         // The first failure is worth a line, the hundredth of its kind is not.
         const std::string& why = connected.error().message;
         if (link.failures == 0 || why != link.last_failure) log(link, "no connection yet: " + why);
         link.last_failure = why;
         ++link.failures;
         dial_again(peer);
       });
}

void Peers::dial_again(ReplicaId peer) {
  Link& link = links_[peer.value];
  link.retry.expires_after(backoff(link.failures));
  link.retry.async_wait([this, peer](const asio::error_code& cancelled) {
    if (!cancelled && !stopped_) dial_peer(peer);
  });
}

void Peers::adopt(const ConnectionPtr& connection) {
  const ReplicaId peer = std::get<ReplicaId>(connection->peer());
  ConnectionPtr& place = links_[peer.value].connection;
  if (place) place->close();
  place = connection;
  log(links_[peer.value], "connected to replica " + std::to_string(peer.value));
  connection->start([this, peer](std::vector<Bytes> frames) { on_frames_(peer, std::move(frames)); },
                    [this, peer](const std::string& reason) {
                      Link& link = links_[peer.value];
                      log(link, "connection to replica " + std::to_string(peer.value) + " ended: " + reason);
                      link.connection = nullptr;
                      on_change_(peer, false);
                      if (dialled_here(peer) && !stopped_) dial_again(peer);
                    });
  on_change_(peer, true);
}

// A peer that comes and goes without pause fills no log.
void Peers::log(Link& link, const std::string& line) {
  const auto left_out = link.lines.take(moment_now().steady);
  if (!left_out) return spdlog::debug("{}", line);
  spdlog::info("{}{}", line, *left_out == 0 ? "" : " (" + std::to_string(*left_out) + " lines about it left out)");
}

void Peers::send(ReplicaId to, FramePtr frame) {
  if (const ConnectionPtr& connection = links_[to.value].connection) connection->send(std::move(frame));
}

void Peers::stop() {
  stopped_ = true;
  for (Link& link : links_) {
    link.retry.cancel();
    if (auto connection = std::exchange(link.connection, nullptr)) connection->close();
  }
}

}  // namespace quorate
