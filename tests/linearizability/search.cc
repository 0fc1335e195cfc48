#include "tests/linearizability/search.h"

#include <algorithm>

#include "tests/linearizability/checker.h"

namespace quorate::linearizability {
namespace {

bool meet(const KeyIds& a, const KeyIds& b) {
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (*i == *j) return true;
    *i < *j ? ++i : ++j;
  }
  return false;
}

bool conflict(const Step& a, const Step& b) {
  return meet(a.writes, b.reads) || meet(a.writes, b.writes) || meet(a.reads, b.writes);
}

/// A write of one key that nobody answered: nobody notices whether it happened unless its key is read.
bool single_write(const Step& step) { return !step.answered() && step.writes.size() == 1; }

bool contains(const std::vector<std::uint32_t>& set, std::uint32_t one) {
  return std::binary_search(set.begin(), set.end(), one);
}
void insert(std::vector<std::uint32_t>& set, std::uint32_t one) {
  set.insert(std::lower_bound(set.begin(), set.end(), one), one);
}
void erase(std::vector<std::uint32_t>& set, std::uint32_t one) {
  set.erase(std::lower_bound(set.begin(), set.end(), one));
}

}  // namespace

Search::Search(const Keys& keys, std::vector<Step> steps)
    : steps_(std::move(steps)), model_(keys), written_at_(keys.size()) {
  prepare_answers();
}

void Search::prepare_answers() {
  for (StepId id = 0; id < steps_.size(); ++id) (steps_[id].answered() ? answers_ : unanswered_).push_back(id);
  const auto answered_at = [&](StepId id) { return steps_[id].call->answer->at_us; };
  const auto called_at = [&](StepId id) { return steps_[id].call->at_us; };
  std::stable_sort(answers_.begin(), answers_.end(),
                   [&](StepId a, StepId b) { return answered_at(a) < answered_at(b); });
  std::stable_sort(unanswered_.begin(), unanswered_.end(),
                   [&](StepId a, StepId b) { return called_at(a) < called_at(b); });
  StepIds by_call = answers_;
  std::stable_sort(by_call.begin(), by_call.end(), [&](StepId a, StepId b) { return called_at(a) < called_at(b); });
  std::vector<bool> passed(steps_.size());
  StepIds open;
  std::size_t called = 0;
  for (const StepId answer : answers_) {
    for (; called < by_call.size() && called_at(by_call[called]) <= answered_at(answer); ++called) {
      open.push_back(by_call[called]);
    }
    std::erase_if(open, [&](StepId id) { return passed[id]; });
    concurrent_.push_back(open);
    passed[answer] = true;
  }
}

Search::Outcome Search::run(std::uint64_t tries_max) {
  Position start;
  if (answers_.empty() || !enter(std::move(start), model_.mark(), std::nullopt)) return Outcome::found;
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.next == frame.candidates.size()) {
      leave();
      continue;
    }
    const Candidate candidate = frame.candidates[frame.next++];
    const std::size_t mark = model_.mark();
    if (!model_.apply(steps_[candidate.step], candidate.branch)) continue;
    auto position = after(frame.position, candidate.step);
    if (position && position->answer == answers_.size()) return Outcome::found;
    if (position && !known(*position)) {
      if (++tried_ > tries_max) return Outcome::gave_up;
      enter(std::move(*position), mark, candidate.step);
    } else {
      model_.back_to(mark);
    }
  }
  return Outcome::none;
}

/// False when there is nothing left to explain.
bool Search::enter(Position position, std::size_t mark, std::optional<StepId> step) {
  if (position.answer == answers_.size()) return false;
  note_progress(position);
  Frame frame{std::move(position), {}, 0, mark, {}};
  if (step && steps_[*step].call->hint) {
    for (const KeyId id : steps_[*step].writes) {
      frame.written_before.emplace_back(id, written_at_[id]);
      written_at_[id] = std::max(written_at_[id], place(*step));
    }
  }
  frame.candidates = candidates(frame.position);
  frames_.push_back(std::move(frame));
  return true;
}

void Search::leave() {
  const Frame& frame = frames_.back();
  for (const auto& [id, at] : frame.written_before) written_at_[id] = at;
  model_.back_to(frame.mark);
  frames_.pop_back();
}

bool Search::known(const Position& position) {
  auto& entered = memory_[{position.answer, model_.fingerprint(), position.ahead, position.unjustified}];
  for (const StepIds& used : entered) {
    if (std::includes(position.used.begin(), position.used.end(), used.begin(), used.end())) return true;
  }
  entered.push_back(position.used);
  return false;
}

bool Search::matters(StepId earlier, StepId later) const {
  const Step& a = steps_[earlier];
  const Step& b = steps_[later];
  return single_write(a) ? meet(a.writes, b.reads) : conflict(a, b);
}

/// Calls that may be put in now, the wanted one among them.
Search::StepIds Search::under_way(const Position& position) const {
  StepIds open;
  for (const StepId id : concurrent_[position.answer]) {
    if (!contains(position.ahead, id)) open.push_back(id);
  }
  const std::uint64_t until = steps_[answers_[position.answer]].call->answer->at_us;
  for (const StepId id : unanswered_) {
    if (steps_[id].call->at_us > until) break;
    if (!contains(position.used, id)) open.push_back(id);
  }
  return open;
}

Search::Place Search::place(StepId step) const {
  const Call& call = *steps_[step].call;
  if (call.hint) return {call.hint->n.value, call.hint->index};
  return {~std::uint64_t{0}, call.at_us};
}

/// Which of these belong before the wanted call, if hints are true.
Search::StepIds Search::expected(const StepIds& relevant, StepId wanted) const {
  StepIds before;
  for (const StepId id : relevant) {
    if (steps_[id].call->hint && place(id) < place(wanted)) before.push_back(id);
  }
  std::sort(before.begin(), before.end(), [&](StepId a, StepId b) { return place(a) > place(b); });
  StepIds chosen = {wanted};  // the latest first
  for (const StepId id : before) {
    const auto overwritten = [&](KeyId key) { return place(id) < written_at_[key]; };
    const KeyIds& writes = steps_[id].writes;
    if (!steps_[id].answered() && std::any_of(writes.begin(), writes.end(), overwritten)) continue;
    const auto cares = [&](StepId later) { return matters(id, later); };
    bool wanted_there = std::any_of(chosen.begin(), chosen.end(), cares);
    if (single_write(steps_[id])) {
      const auto next = std::find_if(chosen.rbegin(), chosen.rend(), [&](StepId later) {
        return meet(writes, steps_[later].reads) || meet(writes, steps_[later].writes);
      });
      wanted_there = next != chosen.rend() && cares(*next);
    }
    if (wanted_there) chosen.push_back(id);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<Search::Candidate> Search::candidates(const Position& position) const {
  const StepId wanted = answers_[position.answer];
  StepIds open = under_way(position);
  // What matters to the wanted call, what matters to that, and so on.
  StepIds relevant = {wanted};
  std::erase(open, wanted);
  for (std::size_t i = 0; i < relevant.size(); ++i) {
    for (StepId& id : open) {
      if (id == wanted || !matters(id, relevant[i])) continue;
      relevant.push_back(id);
      id = wanted;  // taken
    }
  }
  const StepIds likely = expected(relevant, wanted);
  const auto rank = [&](StepId id) {
    const int group = id == wanted ? 1 : contains(likely, id) ? 0 : steps_[id].answered() ? 3 : 2;
    return std::pair(group, place(id));
  };
  std::sort(relevant.begin(), relevant.end(), [&](StepId a, StepId b) { return rank(a) < rank(b); });
  std::vector<Candidate> all;
  for (const StepId id : relevant) {
    if (model_.either_way(steps_[id])) {
      all.push_back({id, Branch::then});
      all.push_back({id, Branch::otherwise});
    } else {
      all.push_back({id, std::nullopt});
    }
  }
  return all;
}

std::optional<Search::Position> Search::after(const Position& position, StepId step) const {
  Position next = position;
  next.unjustified.clear();
  for (const StepId earlier : position.unjustified) {
    if (matters(earlier, step)) continue;
    // Overwritten before anybody read it: it might as well not have happened.
    if (single_write(steps_[earlier]) && meet(steps_[earlier].writes, steps_[step].writes)) return std::nullopt;
    next.unjustified.push_back(earlier);
  }
  if (step == answers_[position.answer]) {
    if (!next.unjustified.empty()) return std::nullopt;
    ++next.answer;
    pass_answers(next);
    return next;
  }
  insert(steps_[step].answered() ? next.ahead : next.used, step);
  insert(next.unjustified, step);
  return next;
}

void Search::pass_answers(Position& position) const {
  while (position.answer < answers_.size() && contains(position.ahead, answers_[position.answer])) {
    erase(position.ahead, answers_[position.answer]);
    ++position.answer;
  }
}

void Search::note_progress(const Position& position) {
  if (position.answer < furthest_ || (position.answer == furthest_ && !stuck_at_.empty())) return;
  furthest_ = position.answer;
  const StepId wanted = answers_[position.answer];
  stuck_at_ = describe(*steps_[wanted].call) + "\n  before it: ";
  const KeyIds& keys = steps_[wanted].reads.empty() ? steps_[wanted].writes : steps_[wanted].reads;
  for (std::size_t i = 0; i < keys.size() && i < 8; ++i) {
    stuck_at_ += (i == 0 ? "" : ", ") + model_.describe(keys[i]);
  }
  for (const StepId id : under_way(position)) {
    if (id != wanted && conflict(steps_[id], steps_[wanted]))
      stuck_at_ += "\n  at the same time: " + describe(*steps_[id].call);
  }
}

}  // namespace quorate::linearizability
