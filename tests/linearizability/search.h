// The search for an order of calls that share keys; checker.h says what it is for.
//
// It goes through the answers in the order of time. Before the next answer, its call must have been put into the order:
// directly, or behind calls that are under way at that moment and matter to it. A position is what was put in, and the
// state that this leaves; one that was reached before, with no more unanswered calls used up, is not entered again.
#pragma once

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/linearizability/model.h"

namespace quorate::linearizability {

class Search {
 public:
  /// All calls of a part, in any order.
  Search(const Keys& keys, std::vector<Step> steps);

  enum class Outcome : std::uint8_t { found, none, gave_up };
  Outcome run(std::uint64_t tries_max);
  std::uint64_t tried() const { return tried_; }
  /// The answer that the best attempt could not explain, and what was there to see.
  const std::string& stuck_at() const { return stuck_at_; }

 private:
  using StepId = std::uint32_t;
  using StepIds = std::vector<StepId>;                    // ascending where it is a set
  using Place = std::pair<std::uint64_t, std::uint64_t>;  // where hints, or else times, put a call
  struct Candidate {
    StepId step = 0;
    std::optional<Branch> branch;
  };
  struct Position {
    std::size_t answer = 0;  // the next one to explain, in answers_
    StepIds ahead;           // put in before their answers came
    StepIds used;            // unanswered calls put in
    StepIds unjustified;     // put in since the last answer, and no later one cared so far
  };
  struct Frame {
    Position position;
    std::vector<Candidate> candidates;
    std::size_t next = 0;
    std::size_t mark = 0;                                 // of the model, before the step that led here
    std::vector<std::pair<KeyId, Place>> written_before;  // what that step changed in written_at_
  };
  using Memory = std::map<std::tuple<std::size_t, Model::Fingerprint, StepIds, StepIds>, std::vector<StepIds>>;

  void prepare_answers();
  bool enter(Position position, std::size_t mark, std::optional<StepId> step);
  void leave();
  bool known(const Position& position);
  std::vector<Candidate> candidates(const Position& position) const;
  StepIds under_way(const Position& position) const;
  /// Whether `earlier` could be put in before `later` for its sake.
  bool matters(StepId earlier, StepId later) const;
  /// The position after this step; nothing when the step makes an earlier one pointless.
  std::optional<Position> after(const Position& position, StepId step) const;
  void pass_answers(Position& position) const;
  void note_progress(const Position& position);
  Place place(StepId step) const;
  StepIds expected(const StepIds& relevant, StepId wanted) const;

  std::vector<Step> steps_;
  StepIds answers_;                  // in the order of time
  std::vector<StepIds> concurrent_;  // with each answer: answered calls made before it and not answered before it
  StepIds unanswered_;               // in the order of their calls
  Model model_;
  std::vector<Place> written_at_;  // by key: the latest place of what was put in and wrote it
  std::vector<Frame> frames_;
  Memory memory_;
  std::uint64_t tried_ = 0;
  std::size_t furthest_ = 0;
  std::string stuck_at_;
};

}  // namespace quorate::linearizability
