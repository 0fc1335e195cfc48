#include "tests/simulation/recovery_marks.h"

#include <algorithm>

namespace quorate::simulation {
namespace {

RecoveryEdge edge_of(Grievance why) {
  switch (why) {
    case Grievance::nothing_executed:
      return RecoveryEdge::left_nothing_executed;
    case Grievance::request_passed_over:
      return RecoveryEdge::left_request_passed_over;
    case Grievance::connection_broken:
      return RecoveryEdge::left_connection_broken;
    case Grievance::slow:
      return RecoveryEdge::left_slow;
    case Grievance::time_behind:
      return RecoveryEdge::left_time_behind;
    case Grievance::no_new_view:
      return RecoveryEdge::left_no_new_view;
    case Grievance::others_left:
      return RecoveryEdge::left_others_left;
    case Grievance::none:
    case Grievance::forgotten:
      break;
  }
  return RecoveryEdge::left_forgotten;
}

}  // namespace

void RecoveryMarks::restarted(ReplicaId replica, SequenceNumber state) {
  const Disk& disk = *all_.disks[replica.value];
  const LogImage& log = disk.log();
  Seen& seen = seen_[replica];
  seen = {};
  seen.mute = log.mute.has_value();
  seen.state_durable = state;
  seen.entered = log.new_view ? log.new_view->view : View();
  look_at_log(log, state);
  if (!disk.whole()) marks_.meet(RecoveryEdge::restart_in_mid_transfer);
}

void RecoveryMarks::look_at_log(const LogImage& log, SequenceNumber state) {
  const SequenceNumber h = log.stable ? log.stable->n : SequenceNumber();
  const View entered = log.new_view ? log.new_view->view : View();
  bool accepted = false, prepared = false;
  for (const auto& [n, slot] : log.accepted) accepted = accepted || !log.prepared.contains(n);
  for (const auto& [n, slot] : log.prepared) prepared = prepared || !log.committed.contains(n);
  if (accepted) marks_.meet(RecoveryEdge::restart_with_accepted);
  if (prepared) marks_.meet(RecoveryEdge::restart_with_prepared);
  if (log.committed.upper_bound(state) != log.committed.end()) marks_.meet(RecoveryEdge::restart_with_decided);
  if (log.own_checkpoints.upper_bound(h) != log.own_checkpoints.end()) marks_.meet(RecoveryEdge::restart_with_unproven);
  if (entered.value != 0) marks_.meet(RecoveryEdge::restart_in_later_view);
  if (log.view_change && log.view_change->view > entered) marks_.meet(RecoveryEdge::restart_between_views);
  if (state < h) marks_.meet(RecoveryEdge::restart_behind_h);
  if (log.mute) marks_.meet(RecoveryEdge::restart_mute);
  if (h.value == 0 && log.accepted.empty() && !log.view_change && !log.new_view) {
    marks_.meet(RecoveryEdge::restart_with_nothing);
  }
}

void RecoveryMarks::crashed(ReplicaId replica) {
  const Seen& seen = seen_[replica];
  if (seen.transferring) marks_.meet(RecoveryEdge::transfer_cut);
  if (seen.mute) marks_.meet(RecoveryEdge::rejoin_cut);
}

void RecoveryMarks::durable(ReplicaId replica, const LogRecord& record) {
  if (const auto* entered = std::get_if<NewViewRecord>(&record)) look_at_new_view(replica, *entered->new_view);
  if (std::holds_alternative<SpeakRecord>(record)) marks_.meet(RecoveryEdge::spoke_again);
}

void RecoveryMarks::look_at_new_view(ReplicaId replica, const NewView& new_view) {
  Seen& seen = seen_[replica];
  const bool leads = all_.genesis->quorums().primary_of(new_view.view) == replica;
  marks_.meet(leads ? RecoveryEdge::entered_as_primary : RecoveryEdge::entered_as_backup);
  if (new_view.view > seen.entered + 1) marks_.meet(RecoveryEdge::entered_after_a_skipped_one);
  seen.entered = new_view.view;
  const ViewChangePtr ours = all_.disks[replica.value]->log().view_change;
  const auto higher = [&](const ViewChangePtr& one) { return ours && one->low_watermark > ours->low_watermark; };
  if (std::ranges::any_of(new_view.view_changes, higher)) marks_.meet(RecoveryEdge::entered_from_above);
  const auto& proposals = new_view.pre_prepares;
  if (proposals.empty()) return marks_.meet(RecoveryEdge::entered_with_nothing);
  const auto is_null = [](const SignedHeader& one) { return one.header.digest == null_digest(); };
  const auto nulls = std::count_if(proposals.begin(), proposals.end(), is_null);
  if (nulls != 0) marks_.meet(RecoveryEdge::entered_with_nulls);
  if (nulls != static_cast<std::ptrdiff_t>(proposals.size())) marks_.meet(RecoveryEdge::entered_with_prepared);
}

void RecoveryMarks::sent(ReplicaId replica, const Message& message) {
  if (std::holds_alternative<FetchBody>(message)) marks_.meet(RecoveryEdge::body_fetched);
  if (std::holds_alternative<BatchBody>(message)) marks_.meet(RecoveryEdge::body_served);
  if (std::holds_alternative<Fetch>(message)) marks_.meet(RecoveryEdge::asked_for_batches);
  if (std::holds_alternative<CommittedBatch>(message)) marks_.meet(RecoveryEdge::served_batches);
  if (std::holds_alternative<StableCheckpoint>(message)) marks_.meet(RecoveryEdge::proved_checkpoint);
  if (std::holds_alternative<StateOffer>(message)) marks_.meet(RecoveryEdge::state_offered);
  if (std::holds_alternative<BlockFetch>(message)) marks_.meet(RecoveryEdge::blocks_fetched);
  if (const auto* parts = std::get_if<StateParts>(&message)) {
    marks_.meet(parts->parts.empty() ? RecoveryEdge::parts_gone : RecoveryEdge::parts_served);
  }
  if (const auto* query = std::get_if<StateQuery>(&message)) {
    Seen& seen = seen_[replica];
    if (seen.queried.value != 0 && query->at_least > seen.queried) marks_.meet(RecoveryEdge::transfer_raised);
    seen.queried = query->at_least;
  }
}

void RecoveryMarks::installed(ReplicaId replica, SequenceNumber) {
  marks_.meet(RecoveryEdge::transfer_done);
  seen_[replica].queried = SequenceNumber();
}

void RecoveryMarks::looked_at(ReplicaId replica, const CoreStatus& status) {
  Seen& seen = seen_[replica];
  if (status.left && status.left->view != seen.left) {
    seen.left = status.left->view;
    marks_.meet(edge_of(status.left->why));
  }
  if (status.transferring && !seen.transferring) {
    const bool anew = seen.state_durable.value == 0;
    marks_.meet(anew ? RecoveryEdge::transfer_begun_anew : RecoveryEdge::transfer_begun);
  }
  if (status.mute && !seen.mute) marks_.meet(RecoveryEdge::muted_by_older_log);
  const bool rejoin_executed = status.mute && status.mute->rejoin_executed;
  if (rejoin_executed && !seen.rejoin_executed) marks_.meet(RecoveryEdge::rejoin_executed);
  seen.transferring = status.transferring;
  seen.state_durable = status.state_durable;
  seen.mute = status.mute.has_value();
  seen.rejoin_executed = rejoin_executed;
}

}  // namespace quorate::simulation
