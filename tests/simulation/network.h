// The virtual network: delays, losses, duplicates, reorderings, clogs and cuts, as the plan has them.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "messages/messages.h"
#include "tests/simulation/world.h"

namespace quorate::simulation {

class Network {
 public:
  using Deliver = std::function<void(Node to, Node from, const Message& message)>;
  /// A script's hand on the wire: false loses the message.
  using Filter = std::function<bool(Node from, Node to, const Message& message)>;

  Network(World& world, Deliver deliver) : world_(world), deliver_(std::move(deliver)) {}

  void send(Node from, Node to, const MessagePtr& message);
  void filter(Filter filter) { filter_ = std::move(filter); }
  /// Traitors that schedule the network, until it heals: how much longer a message takes.
  using HoldUp = std::function<std::uint64_t(Node from, Node to, const Message& message)>;
  void schedule(HoldUp hold_up) { hold_up_ = std::move(hold_up); }
  /// Ends the connection between two replicas and makes it anew soon: what is under way is lost, and what is said
  /// before it stands again.
  void hang_up(Node one, Node other);
  /// Told at both moments.
  using OnChange = std::function<void(Node one, Node other, bool connected)>;
  void on_change(OnChange on_change) { on_change_ = std::move(on_change); }
  /// Loses everything on the links between `node` and the others for a while.
  void clog(Node node, std::uint64_t for_us);
  /// Loses everything that `from` says to `to` for a while.
  void cut(Node from, Node to, std::uint64_t for_us);
  /// As the plan has it: one-way cuts and partitions between replicas.
  void draw_cut();
  /// No more faults.
  void heal();

 private:
  void carry(Node from, Node to, const MessagePtr& message);
  bool clogged(Node node) const;
  bool is_cut(Node from, Node to) const;
  /// How often the connection of these two was made and ended; odd while there is none. 0: it never ended.
  std::uint64_t changes(Node from, Node to) const;
  void isolate(Node node, bool hears, bool is_heard, std::uint64_t for_us);
  void partition(std::uint64_t for_us);
  void cut_at_view_change(const Message& message);

  World& world_;
  Deliver deliver_;
  Filter filter_;
  HoldUp hold_up_;
  OnChange on_change_;
  bool calm_ = false;
  std::map<Node, std::uint64_t> clogged_until_;
  std::map<std::pair<Node, Node>, std::uint64_t> cut_until_;
  std::map<std::pair<Node, Node>, std::uint64_t> changes_;       // of connections that somebody hung up
  std::map<std::pair<Node, Node>, std::uint64_t> last_arrival_;  // keeps the order of a link
};

}  // namespace quorate::simulation
