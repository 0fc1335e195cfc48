#include "replica/wire.h"

#include <utility>

namespace quorate {

Wire::Wire(asio::io_context& main, const Identity& identity, const std::vector<Address>& addresses,
           Middleman* middleman, OnFrames on_frames, Peers::OnChange on_change)
    : middleman_(middleman),
      on_frames_(std::move(on_frames)),
      peers_(
          main, identity, addresses, HelloOptions{},
          [this](ReplicaId from, std::vector<Bytes> payloads) { arrived(from, std::move(payloads)); },
          std::move(on_change)),
      clients_([this](ClientId from, std::vector<Bytes> payloads) { arrived(from, std::move(payloads)); }) {
  if (middleman_ == nullptr) return;
  middleman_->begin({[this](const Peer& to, FramePtr frame) { put_out(to, std::move(frame)); },
                     [this](const Peer& from, std::vector<Bytes> payloads) { on_frames_(from, std::move(payloads)); }});
}

void Wire::start() { peers_.start(); }

void Wire::adopt(const ConnectionPtr& connection) {
  if (std::holds_alternative<ReplicaId>(connection->peer())) return peers_.adopt(connection);
  clients_.adopt(connection);
}

void Wire::arrived(const Peer& from, std::vector<Bytes> payloads) {
  if (middleman_ != nullptr) return middleman_->arriving(from, std::move(payloads));
  on_frames_(from, std::move(payloads));
}

void Wire::send(const Peer& to, FramePtr frame) {
  if (middleman_ != nullptr) return middleman_->leaving(to, std::move(frame));
  put_out(to, std::move(frame));
}

void Wire::put_out(const Peer& to, FramePtr frame) {
  if (const auto* replica = std::get_if<ReplicaId>(&to)) return peers_.send(*replica, std::move(frame));
  clients_.send(std::get<ClientId>(to), frame);
}

void Wire::stop() {
  peers_.stop();
  clients_.stop();
}

}  // namespace quorate
