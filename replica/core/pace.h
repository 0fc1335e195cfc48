// Whether this view's primary is slow, judged by what its predecessors did here (replica/README.md, "Slow primaries"; a
// departure from the paper, whose primary may be as slow as the timeout allows).
//
// A view's pace is its first executions for each second in which something was pending. A primary is slow when twice in
// a row most of what is executed had been admitted here and waited long, and its pace is a small part of the median of
// the last N views with work; or when its proposals' time stays behind our clock, and that of most others did not. Few
// requests, or a load that falls, make nobody wait, so they are never judged; nor is a view that has just begun.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "replica/core/admission.h"
#include "replica/core/context.h"

namespace quorate {

class Pace {
 public:
  Pace(const Context& context, const Admission& admission);

  /// `pending`: something is admitted, or known, and not executed. `own_fault`: we are behind others, or execute
  /// nothing for reasons of our own. Told after whatever may change them.
  void watch(bool pending, bool own_fault);
  /// A slot was executed; `batch` null for the null batch. Requires that the admission does not know of it yet.
  void executed(const Executed& result, const Batch* batch);
  /// A batch that this view's primary has just proposed.
  void proposed(WallTime time);
  /// Time passed in which this process slept: nothing is made of it.
  void slept();

  void entered();
  /// A view that was active is left: what it did is put down.
  void left();

  /// What to complain about, once in a view; `none` when nobody is slow, or most are.
  Grievance complaint() const { return complaint_; }
  /// What most primaries lately seem to have in common, and so is a fault of our own: `slow` or `time_behind`.
  Grievance common() const { return common_; }

 private:
  struct Count {
    std::uint64_t busy_us = 0;  // with something pending
    std::uint64_t operations = 0;
    std::uint64_t held_up = 0;  // of them, admitted here and executed after a long wait
    std::uint64_t pace() const { return busy_us == 0 ? 0 : operations * 1'000'000 / busy_us; }  // per second
  };
  struct Record {
    Count count;
    bool time_behind = false;
  };

  std::uint64_t timeout_us() const { return context_.options.view_timeout_us; }
  std::uint64_t held_up(const Batch& batch) const;
  void judge_pace();
  void judge_time();
  void restart_window();
  void restart_judgement();
  std::uint64_t median() const;

  const Context& context_;
  const Admission& admission_;
  std::deque<Record> recent_;  // the last N with work, all of them left
  Record view_;
  Count window_;  // judged when it is long enough, and begun anew
  SteadyTime window_from_;
  std::uint32_t slow_in_a_row_ = 0;  // windows
  bool pending_ = false;
  bool own_fault_ = false;
  SteadyTime seen_at_;  // up to here all is counted
  SteadyTime entered_at_;
  WallTime newest_time_;                    // proposed in this view
  std::optional<SteadyTime> behind_since_;  // and behind our clock
  Grievance complaint_ = Grievance::none;
  Grievance common_ = Grievance::none;
};

}  // namespace quorate
