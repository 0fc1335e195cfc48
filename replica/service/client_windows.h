// Exactly-once as replicated state: what was executed for each client, and what never will be.
//
// For each client a low mark and the leaves of its executed timestamps above it. After t was executed, low = max(low, t
// − W), not below 0, so a window holds W leaves at most. Whether an operation runs depends on this alone (README.md,
// "Exactly once"). Windows are never evicted: ids are the genesis configuration's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "messages/genesis.h"
#include "messages/messages.h"
#include "replica/core/core.h"
#include "replica/service/ordered_map.h"

namespace quorate {

class ClientWindows {
 public:
  enum class Verdict : std::uint8_t {
    fresh,      // never executed and allowed: execute it
    duplicate,  // executed, and its leaf is held
    too_old,    // at or below the low mark
    too_far,    // more than limits::timestamp_jump_max above the low mark
  };

  explicit ClientWindows(const Genesis& genesis);

  // Clients below are of the genesis configuration.

  Verdict judge(ClientId client, Timestamp timestamp) const;
  /// Keeps the leaf of an execution that was judged fresh, and moves the low mark.
  void record(const Leaf& leaf);
  /// The leaf of an executed operation above the low mark, or null; valid until the next `record`.
  const Leaf* find(ClientId client, Timestamp timestamp) const;
  Timestamp low(ClientId client) const;
  /// The newest executed timestamp, or the low mark of an empty window.
  Timestamp newest(ClientId client) const;
  /// Of clients for which something was executed, ascending.
  std::vector<ClientMark> marks() const;

  /// Takes over what `save` wrote.
  void load(const OrderedMap& map);
  /// Writes what changed since the last load or save, no more.
  void save(OrderedMap& map);

 private:
  struct Window {
    Timestamp low;
    Timestamp saved_low;
    std::map<Timestamp, Leaf> leaves;  // all above low
  };
  struct Place {
    ClientId client;
    Timestamp timestamp;
  };

  std::size_t place_of(ClientId client) const;
  const Window& window(ClientId client) const { return windows_[place_of(client)]; }
  Window& window(ClientId client) { return windows_[place_of(client)]; }

  std::uint64_t size_max_;  // W
  std::vector<Window> windows_;
  SequenceNumber saved_n_;            // leaves of slots up to here are in the map
  std::vector<Place> recorded_;       // since the last save
  std::vector<Place> saved_and_out_;  // in the map, and fallen out since the last save
};

}  // namespace quorate
