#include "tests/cluster/verdicts.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "crypto/check.h"
#include "tests/linearizability/checker.h"
#include "tests/linearizability/json_lines.h"

namespace quorate::cluster_tests {

using linearizability::Call;
using linearizability::History;
using linearizability::Verdict;

namespace {

/// Where the checker gives up: a right history takes about one state for each call.
constexpr std::uint64_t tries_max = 2'000'000;

}  // namespace

std::optional<std::string> Verdicts::judge(const History& history) {
  const linearizability::Judgement judgement = linearizability::judge(history, tries_max);
  const std::uint64_t size = history.calls().size();
  smallest_ = histories_ == 0 ? size : std::min(smallest_, size);
  largest_ = std::max(largest_, size);
  most_tried_ = std::max(most_tried_, judgement.tried);
  ++histories_;
  calls_ += size;
  unanswered_ +=
      static_cast<std::uint64_t>(std::ranges::count_if(history.calls(), [](const Call& call) { return !call.answer; }));
  if (judgement.verdict == Verdict::linearizable) return std::nullopt;
  const std::string what = judgement.verdict == Verdict::not_linearizable
                               ? "what clients saw is not linearizable"
                               : "the checker gave up on what clients saw (undecided)";
  return what + ":\n" + judgement.explanation + "\nThe history stays in " + keep(history) +
         ": judge it again with quorate-linearizable FILE";
}

std::string Verdicts::keep(const History& history) const {
  const std::string name =
      "quorate-history-" + std::to_string(::getpid()) + "-" + std::to_string(histories_) + ".jsonl";
  const auto file = kept_ / name;
  std::ofstream out(file);
  out << to_json_lines(history) << std::flush;
  check(out.good(), "a history can be written to a file");
  return file.string();
}

}  // namespace quorate::cluster_tests
