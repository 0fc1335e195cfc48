// What was executed for each client, as far as admission must know: a mirror of the service's windows.
//
// Loyal clients' timestamps follow each other, so a window is a few ranges. It never decides what executes: the
// service does, and tells.
#pragma once

#include <map>
#include <vector>

#include "replica/core/core.h"

namespace quorate {

class ClientMarks {
 public:
  /// `window`: W, the number of timestamps kept for each client.
  ClientMarks(std::uint64_t window, const std::vector<ClientMark>& marks);

  /// The client's timestamps first … last were executed.
  void executed(ClientId client, Timestamp first, Timestamp last);
  /// At or below it nothing will ever run (again).
  Timestamp low(ClientId client) const;
  /// True when one of first … last was executed or is at or below the low mark.
  bool touches(ClientId client, Timestamp first, Timestamp last) const;

 private:
  struct Window {
    Timestamp low;
    std::map<Timestamp, Timestamp> executed;  // first → last; disjoint, not adjacent
  };
  std::uint64_t size_;
  std::map<ClientId, Window> windows_;
};

}  // namespace quorate
