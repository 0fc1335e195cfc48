#include "replica/core/view_timer.h"

#include <algorithm>

namespace quorate {
namespace {

/// A view that was active for so many of the first timeout ends a row of view changes.
constexpr std::uint64_t long_service = 8;
/// With a broken connection to the primary this share of the timeout is enough.
constexpr std::uint64_t gone_share = 4;

}  // namespace

ViewTimer::ViewTimer(const Context& context, Admission& admission, const WaitingRejoins& rejoins)
    : context_(context),
      admission_(admission),
      rejoins_(rejoins),
      timeout_us_(context.options.view_timeout_us),
      quiet_since_(context.now.steady),
      served_since_(context.now.steady) {}

bool ViewTimer::tick(SteadyTime expected) {
  const SteadyTime now = context_.now.steady;
  if (now <= expected) return false;
  const std::uint64_t late_us = now - expected;
  if (late_us < timeout_us_ / 4) return false;
  quiet_since_ = std::max(quiet_since_, std::min(now, quiet_since_ + late_us));  // it may lie ahead: a view settles
  if (waiting_since_) waiting_since_ = std::min(now, *waiting_since_ + late_us);
  for (auto& [arrival, at] : overtaking_) at = std::min(now, at + late_us);
  return true;
}

void ViewTimer::arrived(SequenceNumber n) { batch_arrival_.emplace(n, admission_.count_arrival()); }

/// When the last of a batch's requests was first seen here: as it was admitted, or else with the batch.
std::uint64_t ViewTimer::latest_arrival(SequenceNumber n, const Batch& batch) const {
  const auto with_batch = batch_arrival_.find(n);
  const std::uint64_t at_latest = with_batch != batch_arrival_.end() ? with_batch->second : admission_.arrivals();
  std::uint64_t latest = 0;
  for (const BundleView& bundle : batch.bundles()) {
    const auto admitted = admission_.arrival_of(bundle.client, bundle.first);
    if (!admitted) return at_latest;
    latest = std::max(latest, *admitted);
  }
  for (const Rejoin& rejoin : batch.rejoins()) {
    const auto admitted = rejoins_.arrival_of(rejoin);
    if (!admitted) return at_latest;
    latest = std::max(latest, *admitted);
  }
  return latest;
}

void ViewTimer::executed(const Executed& result, const Batch* batch) {
  const SteadyTime now = context_.now.steady;
  const bool anything_new = !result.operations.empty() || !result.rejoins.empty();
  if (anything_new && batch != nullptr) {
    quiet_since_ = now;
    const std::uint64_t latest = latest_arrival(result.n, *batch);
    if (overtaking_.empty() || overtaking_.rbegin()->first < latest) overtaking_.emplace(latest, now);
  } else if (!admission_.oldest() && result.n <= rejoins_.floor()) {
    quiet_since_ = now;
  }
  batch_arrival_.erase(batch_arrival_.begin(), batch_arrival_.upper_bound(result.n));
  // What is older than everything that waits overtakes nobody.
  overtaking_.erase(overtaking_.begin(), overtaking_.upper_bound(admission_.oldest().value_or(admission_.arrivals())));
  if (++slots_executed_ < context_.genesis.checkpoint_interval) return;
  slots_executed_ = 0;
  timeout_us_ = std::max(context_.options.view_timeout_us, timeout_us_ / 2);
}

std::optional<SteadyTime> ViewTimer::overtaken_since() const {
  const auto oldest = admission_.oldest();
  if (!oldest) return std::nullopt;
  const auto overtaking = overtaking_.upper_bound(*oldest);
  if (overtaking == overtaking_.end()) return std::nullopt;
  return overtaking->second;
}

// A process that died is known at once by its closed connections. A connection alone may break for other reasons, then
// slots go on to become known by the votes of others. What the primary told us alone takes the others longer to learn
// by our STATUS: whoever left for it earlier would leave alone.
std::optional<SteadyTime> ViewTimer::primary_gone_since() const {
  const auto broken = broken_.find(context_.primary());
  if (broken == broken_.end() || !work_.shared) return std::nullopt;
  return std::max({broken->second, stirred_at_, quiet_since_});
}

void ViewTimer::watch(const Work& work) {
  if (work.behind || (work.pending && !work_.pending)) quiet_since_ = context_.now.steady;
  if (work.highest_known != work_.highest_known) stirred_at_ = context_.now.steady;
  work_ = work;
}

Grievance ViewTimer::complaint() const {
  const SteadyTime now = context_.now.steady;
  if (!work_.pending || work_.behind) return Grievance::none;
  const auto gone = primary_gone_since();
  if (gone && now >= *gone + timeout_us_ / gone_share) return Grievance::connection_broken;
  if (now >= quiet_since_ + timeout_us_) return Grievance::nothing_executed;
  const auto overtaken = overtaken_since();
  return overtaken && now >= *overtaken + timeout_us_ ? Grievance::request_passed_over : Grievance::none;
}

void ViewTimer::left() {
  // Not so many of the doubled timeout: that would ratchet up when a primary dies now and then.
  const std::uint64_t first_us = context_.options.view_timeout_us;
  const bool in_a_row = !served_since_ || context_.now.steady < *served_since_ + long_service * first_us;
  served_since_.reset();
  timeout_us_ = in_a_row ? std::min(timeout_us_ * 2, context_.options.view_timeout_max_us) : first_us;
  waiting_since_.reset();
  slots_executed_ = 0;
}

void ViewTimer::start_waiting() {
  if (!waiting_since_) waiting_since_ = context_.now.steady;
}

bool ViewTimer::waited_enough() const { return waiting_since_ && context_.now.steady >= *waiting_since_ + timeout_us_; }

void ViewTimer::entered() {
  served_since_ = context_.now.steady;
  waiting_since_.reset();
  // Its primary has a timeout more: what it must propose first may take the others as long to verify.
  quiet_since_ = context_.now.steady + timeout_us_;
  overtaking_.clear();
  batch_arrival_.clear();
}

std::optional<SteadyTime> ViewTimer::next() const {
  // Looked at some times within a timeout, so that a long sleep is told from a slow primary.
  const SteadyTime soon = context_.now.steady + timeout_us_ / 4;
  if (!context_.active)
    return waiting_since_ ? std::optional(std::min(soon, *waiting_since_ + timeout_us_)) : std::nullopt;
  if (!work_.pending) return std::nullopt;
  SteadyTime due = quiet_since_ + timeout_us_;
  if (const auto gone = primary_gone_since()) due = std::min(due, *gone + timeout_us_ / gone_share);
  if (const auto overtaken = overtaken_since()) due = std::min(due, *overtaken + timeout_us_);
  // What is due now and has not led to a complaint (a primary has none) is looked at later.
  return due > context_.now.steady ? std::min(soon, due) : soon;
}

}  // namespace quorate
