// How the writing of a checkpoint is spread over the time until the next one, so that it delays nobody: after each
// piece of work the writer rests, for so long that all of it takes about half of the time between two checkpoints. What
// a piece costs is learned from the commit before. It does not rest when a view change may be near, which carries what
// is above the last checkpoint: nothing is executed then, or a peer was lost. Pure: times are passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "messages/types.h"

namespace quorate {

class CommitPace {
 public:
  static constexpr std::uint64_t piece_us = 500;
  static constexpr std::uint64_t spread_us_max = 1'000'000;
  static constexpr std::uint64_t calm_us = 100'000;   // without a slot for so long, it does not rest
  static constexpr std::uint64_t hurry_us = 500'000;  // nor for so long after a peer was lost
  static constexpr double rest_max = 20;              // for each unit of work

  /// A commit of so many changes begins.
  void begin(std::size_t changes, SteadyTime now);
  /// When these things happened last.
  struct Events {
    SteadyTime executed;  // a slot
    SteadyTime peer_lost;
  };
  /// How long to rest now; 0 while the piece is not done. A rest is followed by `rested`.
  std::uint64_t rest_us(SteadyTime now, const Events& last);
  void rested(SteadyTime now) { working_since_ = now; }
  void end(SteadyTime now);

 private:
  std::optional<SteadyTime> begun_;
  SteadyTime working_since_;
  std::uint64_t worked_us_ = 0;  // of the commit under way
  std::size_t changes_ = 0;
  double us_per_change_ = 0;  // of the commit before; 0: none was
  double rest_ = 0;           // for each unit of work
};

}  // namespace quorate
