// What happens to views, in words: a line in the log for each one that is left or begins, and what health says while
// one is awaited or most primaries seem to do badly.
//
// Not here: when a view is left. The core decides, and says why (core.h, Grievance).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "messages/quorum.h"
#include "replica/core/core.h"
#include "replica/health.h"

namespace quorate {

class ViewNews {
 public:
  explicit ViewNews(Quorums quorums) : quorums_(quorums) {}

  /// The lines that are worth logging since the last look.
  std::vector<std::string> look(const CoreStatus& status);
  /// A view that is awaited, and what most primaries seem to have in common.
  std::vector<Trouble> troubles(const CoreStatus& status) const;

 private:
  /// "left view 3, which replica 3 led: …"
  std::string leaving(const LeftView& left) const;

  Quorums quorums_;
  View view_;  // of the last look
  bool active_ = true;
};

}  // namespace quorate
