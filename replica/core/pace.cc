#include "replica/core/pace.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace quorate {
namespace {

/// A window is judged when it is so many timeouts long, and the next one begins.
constexpr std::uint64_t window_timeouts = 4;
/// What has piled up before a view takes as long to work off; its primary is not judged meanwhile.
constexpr std::uint64_t settling_timeouts = 8;
/// So many slow windows in a row: one may be a forced write that took long, or a busy machine.
constexpr std::uint32_t slow_windows = 2;
/// A request that waits for this share of the timeout waits long.
constexpr std::uint64_t long_wait_share = 8;
/// Slow is who has less than this share of the median: less would punish a change of the load.
constexpr std::uint64_t slow_share = 4;

}  // namespace

Pace::Pace(const Context& context, const Admission& admission)
    : context_(context),
      admission_(admission),
      window_from_(context.now.steady),
      seen_at_(context.now.steady),
      entered_at_(context.now.steady) {}

void Pace::watch(bool pending, bool own_fault) {
  const std::uint64_t passed_us = context_.now.steady - seen_at_;
  seen_at_ = context_.now.steady;
  if (!context_.active || own_fault_ || own_fault) {
    restart_judgement();
  } else if (pending_) {
    view_.count.busy_us += passed_us;
    window_.busy_us += passed_us;
  }
  const bool settled = context_.now.steady - entered_at_ >= settling_timeouts * timeout_us();
  if (!settled) restart_judgement();
  pending_ = pending;
  own_fault_ = own_fault;
  if (context_.now.steady - window_from_ >= window_timeouts * timeout_us()) judge_pace();
}

void Pace::restart_window() {
  window_ = {};
  window_from_ = context_.now.steady;
}

void Pace::restart_judgement() {
  restart_window();
  slow_in_a_row_ = 0;
}

void Pace::executed(const Executed& result, const Batch* batch) {
  if (own_fault_ || result.operations.empty() || batch == nullptr) return;
  const std::uint64_t late = held_up(*batch);
  for (Count* count : {&view_.count, &window_}) {
    count->operations += result.operations.size();
    count->held_up += late;
  }
  judge_time();
}

/// Operations that were admitted here long ago. What waited before this view began is not its primary's fault.
std::uint64_t Pace::held_up(const Batch& batch) const {
  std::uint64_t late = 0;
  for (const BundleView& bundle : batch.bundles()) {
    const auto since = admission_.since_of(bundle.client, bundle.first);
    if (!since) continue;
    const bool long_wait = context_.now.steady - std::max(*since, entered_at_) >= timeout_us() / long_wait_share;
    if (long_wait) late += bundle.operations.size();
  }
  return late;
}

void Pace::slept() {
  restart_judgement();
  behind_since_.reset();
  seen_at_ = context_.now.steady;
}

/// The lower one: with two views on record the slower is the measure.
std::uint64_t Pace::median() const {
  if (recent_.empty()) return 0;
  std::vector<std::uint64_t> paces;
  for (const Record& view : recent_) paces.push_back(view.count.pace());
  const auto middle = paces.begin() + static_cast<std::ptrdiff_t>((paces.size() - 1) / 2);
  std::nth_element(paces.begin(), middle, paces.end());
  return *middle;
}

void Pace::judge_pace() {
  const Count window = window_;
  restart_window();
  if (common_ == Grievance::slow) common_ = Grievance::none;
  const std::uint32_t slow_before = std::exchange(slow_in_a_row_, 0);
  if (window.operations == 0 || 2 * window.held_up < window.operations) return;
  const std::uint64_t at_best = slow_share * window.pace();
  if (at_best < median()) {
    slow_in_a_row_ = slow_before + 1;
    if (slow_in_a_row_ >= slow_windows) complaint_ = Grievance::slow;
    return;
  }
  std::uint64_t best = 0;
  for (const Record& view : recent_) best = std::max(best, view.count.pace());
  if (at_best < best) common_ = Grievance::slow;
}

void Pace::proposed(WallTime time) {
  newest_time_ = std::max(newest_time_, time);
  if (context_.now.wall > newest_time_ && context_.now.wall - newest_time_ > context_.genesis.time_bound_us) {
    if (!behind_since_) behind_since_ = context_.now.steady;
    return;
  }
  behind_since_.reset();
  view_.time_behind = false;
  if (common_ == Grievance::time_behind) common_ = Grievance::none;
}

void Pace::judge_time() {
  if (!behind_since_ || context_.now.steady < *behind_since_ + window_timeouts * timeout_us()) return;
  view_.time_behind = true;
  const auto behind =
      std::count_if(recent_.begin(), recent_.end(), [](const Record& view) { return view.time_behind; });
  const auto others = static_cast<std::ptrdiff_t>(recent_.size());
  if (2 * behind < others) {
    complaint_ = Grievance::time_behind;
  } else if (others != 0) {
    common_ = Grievance::time_behind;
  }
}

void Pace::entered() {
  view_ = {};
  restart_judgement();
  newest_time_ = WallTime();
  behind_since_.reset();
  complaint_ = Grievance::none;
  seen_at_ = entered_at_ = context_.now.steady;
}

void Pace::left() {
  complaint_ = Grievance::none;
  if (view_.count.operations == 0 || view_.count.busy_us < timeout_us() / long_wait_share) return;
  recent_.push_back(view_);
  if (recent_.size() > context_.quorums.replicas()) recent_.pop_front();
}

}  // namespace quorate
