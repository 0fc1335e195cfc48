#include "replica/view_news.h"

namespace quorate {
namespace {

std::string number(View view) { return std::to_string(view.value); }

const char* words(Grievance why) {
  switch (why) {
    case Grievance::nothing_executed:
      return "nothing new was executed for the timeout";
    case Grievance::request_passed_over:
      return "a request waited while later ones were executed";
    case Grievance::connection_broken:
      return "the connection to it broke, and nothing went on";
    case Grievance::slow:
      return "it was slower than the primaries before it";
    case Grievance::time_behind:
      return "the times that it proposes are behind this clock, those of others were not";
    case Grievance::no_new_view:
      return "it did not begin in time";
    case Grievance::others_left:
      return "more than f others left it";
    case Grievance::forgotten:
      return "the log that was lost may have promised to";
    case Grievance::none:
      break;
  }
  return "it was left before the last start";
}

}  // namespace

std::string ViewNews::leaving(const LeftView& left) const {
  return "left view " + number(left.view) + ", which replica " + std::to_string(quorums_.primary_of(left.view).value) +
         " led: " + words(left.why);
}

std::vector<std::string> ViewNews::look(const CoreStatus& status) {
  std::vector<std::string> lines;
  const bool moved = status.view != view_;
  if (moved && status.left && status.left->view >= view_ && status.left->view < status.view) {
    lines.push_back(leaving(*status.left));
  }
  if (status.active && (moved || !active_)) {
    lines.push_back("view " + number(status.view) + " begins, replica " + std::to_string(status.primary.value) +
                    " leads it");
  }
  view_ = status.view;
  active_ = status.active;
  return lines;
}

std::vector<Trouble> ViewNews::troubles(const CoreStatus& status) const {
  std::vector<Trouble> all;
  if (!status.active) {
    const std::string why = status.left ? "it " + leaving(*status.left) : std::string("it was in a view change");
    all.push_back({"view change", why + "; it waits for view " + number(status.view) + " of replica " +
                                      std::to_string(status.primary.value)});
  }
  if (status.common_fault == Grievance::slow) {
    all.push_back(
        {"slow primaries", "most primaries seem slow from here: look at this machine's load, disk and network"});
  } else if (status.common_fault == Grievance::time_behind) {
    all.push_back({"own clock", "its clock is ahead of those of most primaries: set it right"});
  }
  return all;
}

}  // namespace quorate
