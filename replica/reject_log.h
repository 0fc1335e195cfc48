// Counts what was rejected before it reached the core, and says so at most once a second.
#pragma once

#include <array>
#include <cstdint>

#include "messages/reject.h"
#include "messages/transport.h"
#include "messages/types.h"

namespace quorate {

class RejectLog {
 public:
  void note(const Peer& from, Reject reason, SteadyTime now);

 private:
  std::array<std::uint64_t, reject_count> counts_{};
  std::uint64_t unreported_ = 0;
  SteadyTime last_line_;
};

}  // namespace quorate
