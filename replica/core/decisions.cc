#include "replica/core/decisions.h"

#include <algorithm>
#include <utility>

#include "crypto/check.h"

namespace quorate {

Decisions::Decisions(const Context& context, Outbox& outbox) : context_(context), outbox_(outbox) {}

void Decisions::restore(const LogImage& log, SequenceNumber state) {
  collected_ = log.bodies_collected;
  last_executed_ = state;
  handed_out_ = state;
  batches_ = log.committed;
  hand_out();
}

bool Decisions::too_far(SequenceNumber n) const {
  // The state that is on its way is that of about h: what is decided from there on is what it will be followed by.
  const SequenceNumber from = suspended_ ? std::max(last_executed_, context_.low_watermark) : last_executed_;
  return n > from && n - from > 2 * context_.genesis.log_window;
}

void Decisions::decide(CommitCertificate certificate, BatchPtr batch, bool body_logged) {
  const SequenceNumber n = certificate.n;
  check(!decided(n), "a slot is decided once");
  outbox_.record(CommittedRecord{certificate, body_logged ? nullptr : batch});
  batches_.emplace(n, CommittedBatch{std::move(certificate), std::move(batch)});
  if (suspended_) forget_old();
  hand_out();
}

/// While a state is on its way h moves on and execution does not.
void Decisions::forget_old() {
  const std::uint64_t kept = 2 * context_.genesis.log_window;
  if (context_.low_watermark.value <= kept) return;
  batches_.erase(batches_.begin(), batches_.upper_bound(context_.low_watermark - kept));
}

void Decisions::hand_out() {
  if (suspended_) return;
  for (auto next = batches_.find(first_missing()); next != batches_.end(); next = batches_.find(first_missing())) {
    const auto& [n, decided] = *next;
    outbox_.next().executes.push_back({n, decided.certificate.digest, decided.batch});
    handed_out_ = n;
  }
}

BatchPtr Decisions::executed(SequenceNumber n) {
  check(n == last_executed_ + 1 && n <= handed_out_, "slots are executed in the order in which they were handed out");
  last_executed_ = n;
  return batches_.at(n).batch;
}

void Decisions::installed(SequenceNumber n) {
  check(n >= collected_, "a state is installed that the kept batches go on from");
  suspended_ = false;
  last_executed_ = handed_out_ = n;
  hand_out();
}

SequenceNumber Decisions::highest() const {
  return batches_.empty() ? handed_out_ : std::max(handed_out_, batches_.rbegin()->first);
}

const CommittedBatch* Decisions::find(SequenceNumber n) const {
  const auto found = batches_.find(n);
  return found == batches_.end() ? nullptr : &found->second;
}

void Decisions::collect(SequenceNumber n) {
  check(n <= last_executed_, "only executed slots are collected");
  batches_.erase(batches_.begin(), batches_.upper_bound(n));
  collected_ = n;
}

}  // namespace quorate
