// What the victim writes in each turn, so that the test knows what must be there afterwards.
#pragma once

#include <vector>

#include "crypto/digest.h"
#include "replica/core/log_record.h"
#include "tests/support/log_records.h"

namespace quorate::testing {

inline const Digest victim_cluster = digest_of("test", as_bytes("power loss"));
inline const ReplicaId victim_replica(0);

/// Turn n ≥ 1: slot n from acceptance to its mark, every fourth time a body of several pages; a checkpoint every 16.
inline std::vector<LogRecord> log_turn(std::uint64_t n) {
  const BatchPtr batch = make_batch(n, n % 4 == 0 ? 20'000 : 100);
  std::vector<LogRecord> records{accepted(0, n, batch), prepared(0, n, batch->digest()),
                                 committed(0, n, batch->digest())};
  if (n % 16 == 0) {
    records.push_back(own_checkpoint(n));
    records.push_back(stable(n));
    records.push_back(collect(n, n));
  }
  return records;
}

/// The state has these keys, and after turn n every value is turn_value(n).
inline constexpr std::uint8_t state_keys = 100;
inline Bytes turn_value(std::uint64_t n) { return Bytes(200, static_cast<std::uint8_t>(n)); }

/// The plain file holds one record of two pages and a half for each turn.
inline constexpr std::size_t file_record_bytes = 10 * 1024;

}  // namespace quorate::testing
