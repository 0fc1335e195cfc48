#include "replica/client_links.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace quorate {

ClientLinks::ClientLinks(OnFrames on_frames) : on_frames_(std::move(on_frames)) {}

void ClientLinks::adopt(const ConnectionPtr& connection) {
  const ClientId client = std::get<ClientId>(connection->peer());
  auto& connections = links_[client];
  if (connections.size() >= connections_max) {
    connections.front()->close();
    connections.erase(connections.begin());
  }
  connections.push_back(connection);
  spdlog::debug("client {} connected", client.value);
  connection->start([this, client](std::vector<Bytes> frames) { on_frames_(client, std::move(frames)); },
                    [this, client, raw = connection.get()](const std::string& reason) {
                      spdlog::debug("connection of client {} ended: {}", client.value, reason);
                      remove(client, raw);
                    });
}

void ClientLinks::remove(ClientId client, const Connection* connection) {
  const auto found = links_.find(client);
  if (found == links_.end()) return;
  std::erase_if(found->second, [connection](const ConnectionPtr& held) { return held.get() == connection; });
  if (found->second.empty()) links_.erase(found);
}

void ClientLinks::send(ClientId to, const FramePtr& frame) {
  const auto found = links_.find(to);
  if (found == links_.end()) return;
  for (const ConnectionPtr& connection : found->second) connection->send(frame);
}

bool ClientLinks::absent(ClientId client) const { return !links_.contains(client); }

void ClientLinks::stop() {
  for (auto& [client, connections] : std::exchange(links_, {})) {
    for (const ConnectionPtr& connection : connections) connection->close();
  }
}

}  // namespace quorate
