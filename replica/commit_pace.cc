#include "replica/commit_pace.h"

#include <algorithm>

namespace quorate {

void CommitPace::begin(std::size_t changes, SteadyTime now) {
  const std::uint64_t since_last = begun_ ? now - *begun_ : 0;
  const auto spread = static_cast<double>(std::min(since_last / 2, spread_us_max));
  const double work = us_per_change_ * static_cast<double>(changes);
  rest_ = work > 0 ? std::clamp(spread / work - 1, 0.0, rest_max) : 0;
  begun_ = working_since_ = now;
  worked_us_ = 0;
  changes_ = changes;
}

std::uint64_t CommitPace::rest_us(SteadyTime now, const Events& last) {
  const std::uint64_t worked = now - working_since_;
  if (worked < piece_us) return 0;
  working_since_ = now;
  worked_us_ += worked;
  const bool lost = last.peer_lost.value != 0 && now < last.peer_lost + hurry_us;
  if (lost || last.executed + calm_us < now) return 0;
  return static_cast<std::uint64_t>(rest_ * static_cast<double>(worked));
}

void CommitPace::end(SteadyTime now) {
  worked_us_ += now - working_since_;
  if (changes_ != 0) us_per_change_ = static_cast<double>(worked_us_) / static_cast<double>(changes_);
}

}  // namespace quorate
