// Counts what was rejected before it reached the core, and says so within a limit: peers must not flood the log.
#pragma once

#include <array>
#include <cstdint>

#include "messages/reject.h"
#include "messages/transport.h"
#include "messages/types.h"
#include "replica/log_limit.h"

namespace quorate {

class RejectLog {
 public:
  void note(const Peer& from, Reject reason, SteadyTime now);

 private:
  std::array<std::uint64_t, reject_count> counts_{};
  LogLimit limit_;
};

}  // namespace quorate
