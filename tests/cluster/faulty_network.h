// A network between the replicas that can be made bad: TCP links carried byte by byte, each direction of each with
// faults of its own, set while it runs.
//
// What a link loses it loses with its connection: TCP has no holes. Runs on a thread of its own. Given the same seed
// and the same bytes at the same moments, the same pieces are cut.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace quorate::cluster_tests {

/// Of one direction of one link.
struct LinkFaults {
  std::chrono::milliseconds delay{0};  // before each piece, which holds up those behind it
  std::size_t bytes_per_second = 0;    // 0: as fast as it goes
  std::size_t piece_bytes = 0;         // at most so many in one write; 0: as they come
  std::uint32_t cut_permille = 0;      // of all pieces: the connection ends instead
  bool silent = false;                 // bytes go nowhere, and the connection stays
};

/// What faults did so far.
struct LinkTotals {
  std::uint64_t pieces = 0;
  std::uint64_t delayed = 0;
  std::uint64_t cuts = 0;
  std::uint64_t bytes_swallowed = 0;
};

class FaultyNetwork {
 public:
  explicit FaultyNetwork(std::uint64_t seed);
  ~FaultyNetwork();
  FaultyNetwork(const FaultyNetwork&) = delete;
  FaultyNetwork& operator=(const FaultyNetwork&) = delete;

  /// A port on 127.0.0.1 that carries on what `dialler` sends to `target`, which listens at `target_port`.
  std::uint16_t link(std::uint32_t dialler, std::uint32_t target, std::uint16_t target_port);
  /// From now on, for all bytes that `from` sends to `to`. Returns when it is in force. A connection that was silent
  /// ends, since what it swallowed is missing.
  void set(std::uint32_t from, std::uint32_t to, const LinkFaults& faults);
  /// Ends what connects the two, both directions; they may dial again.
  void cut(std::uint32_t a, std::uint32_t b);
  LinkTotals totals() const;

 private:
  class Links;
  std::unique_ptr<Links> links_;
};

}  // namespace quorate::cluster_tests
