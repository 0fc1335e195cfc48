// From view to view: when to leave and to enter one, and what that means to the parts (OSDI'99 section 4.4).
#include <algorithm>

#include "replica/core/core_parts.h"

namespace quorate {

void Core::Parts::restore_view(const LogImage& log) {
  if (log.new_view) context_.view = log.new_view->view;
  if (!log.view_change || log.view_change->view <= context_.view) return;
  context_.view = log.view_change->view;
  context_.active = false;
}

void Core::Parts::leave_for(View view, Grievance why) {
  left_ = LeftView{context_.view, why};
  if (context_.active) pace_.left();
  context_.view = view;
  context_.active = false;
  timer_.left();
  bodies_.clear();
  if (context_.mute) return;
  view_changes_.announce(checkpoints_.stable(), slots_.certificates());
}

/// Draws what follows from the VIEW-CHANGEs and bodies that are here now.
void Core::Parts::follow() {
  if (const auto view = view_changes_.to_join()) leave_for(*view, Grievance::others_left);
  if (context_.active) return;
  if (view_changes_.quorum_is_here()) timer_.start_waiting();
  NewViewPlan plan;
  if (const NewViewPtr new_view = view_changes_.assemble(plan)) enter(new_view, plan);
}

void Core::Parts::enter(const NewViewPtr& new_view, const NewViewPlan& plan) {
  if (context_.active) pace_.left();
  context_.active = false;  // until the slots are of the new view
  if (plan.min_s > context_.low_watermark && checkpoints_.step(*plan.stable)) slots_.low_watermark_raised();
  context_.view = new_view->view;
  const RecordNumber record = view_changes_.entered(new_view);
  context_.active = true;
  slots_.enter(*new_view);
  timer_.entered();
  pace_.entered();
  if (context_.is_primary()) {
    if (context_.mute) return;
    outbox_.send(ToAllReplicas{}, new_view, std::max(record, outbox_.last_record()));
    proposer_.restart();
  } else {
    admission_.drop_forwarded();
    forward_all();
  }
}

Grievance Core::Parts::complaint() const {
  if (!context_.active) return timer_.waited_enough() ? Grievance::no_new_view : Grievance::none;
  if (context_.is_primary() || transferring_) return Grievance::none;
  const Grievance late = timer_.complaint();
  return late != Grievance::none ? late : pace_.complaint();
}

void Core::Parts::complain_if_late() {
  if (context_.mute) return;
  const Grievance why = complaint();
  if (why == Grievance::none) return;
  leave_for(context_.view + 1, why);
  follow();
}

}  // namespace quorate
