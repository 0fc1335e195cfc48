#include "tests/linearizability/history.h"

#include <utility>

#include "crypto/check.h"

namespace quorate::linearizability {

void History::call(const Digest& key, Call call) {
  if (names_.try_emplace(key, calls_.size()).second) calls_.push_back(std::move(call));
}

void History::answer(const Digest& key, Answer answer) {
  const auto found = names_.find(key);
  check(found != names_.end(), "an answer belongs to a call");
  auto& slot = calls_[found->second].answer;
  if (!slot) slot = std::move(answer);
}

void History::hint(const Digest& key, Version place) {
  const auto found = names_.find(key);
  if (found != names_.end()) calls_[found->second].hint = place;
}

}  // namespace quorate::linearizability
