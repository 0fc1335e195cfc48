#include "tests/linearizability/checker.h"

#include <map>
#include <numeric>

#include "tests/linearizability/search.h"

namespace quorate::linearizability {
namespace {

/// Keys that some call joins are of one part.
class Parts {
 public:
  explicit Parts(std::size_t keys) : parent_(keys) { std::iota(parent_.begin(), parent_.end(), 0); }
  KeyId root(KeyId id) {
    while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
    return id;
  }
  void join(const KeyIds& ids, KeyId with) {
    for (const KeyId id : ids) parent_[root(id)] = root(with);
  }

 private:
  std::vector<KeyId> parent_;
};

std::string shown(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 40))) {
    text += byte >= 32 && byte < 127 ? static_cast<char>(byte) : '?';
  }
  return bytes.size() > 40 ? text + "..." : text;
}

std::string describe(const SimpleOperation& operation) {
  struct Namer {
    std::string operator()(const Get& o) const { return "get " + shown(o.key); }
    std::string operator()(const Put& o) const { return "put " + shown(o.key) + " '" + shown(o.value) + "'"; }
    std::string operator()(const Delete& o) const { return "delete " + shown(o.key); }
    std::string operator()(const Scan& o) const { return "scan from " + shown(o.from); }
    std::string operator()(const Add& o) const { return "add " + shown(o.key) + " " + std::to_string(o.delta); }
  };
  return std::visit(Namer{}, operation);
}

std::string describe(const SimpleResult& result) {
  struct Namer {
    std::string operator()(const Found& r) const { return "'" + shown(r.value) + "'"; }
    std::string operator()(const NotFound&) const { return "absent"; }
    std::string operator()(const Written&) const { return "written"; }
    std::string operator()(const Deleted& r) const { return r.existed ? "deleted" : "was absent"; }
    std::string operator()(const Page& r) const { return std::to_string(r.entries.size()) + " entries"; }
    std::string operator()(const Sum& r) const { return "sum " + std::to_string(r.value); }
  };
  return std::visit(Namer{}, result);
}

std::string describe_operation(const Operation& operation) {
  return std::visit(
      []<typename T>(const T& one) -> std::string {
        if constexpr (std::is_same_v<T, Transaction>) {
          std::string text = "transaction of " + std::to_string(one.conditions.size()) + " conditions {";
          for (const SimpleOperation& part : one.then) text += " " + describe(part) + ";";
          text += " } else {";
          for (const SimpleOperation& part : one.otherwise) text += " " + describe(part) + ";";
          return text + " }";
        } else {
          return describe(SimpleOperation(one));
        }
      },
      operation);
}

std::string describe_result(const OperationResult& result) {
  return std::visit(
      []<typename T>(const T& one) -> std::string {
        if constexpr (std::is_same_v<T, TransactionResult>) {
          std::string text = one.branch == Branch::then ? "then {" : "else {";
          for (const SimpleResult& part : one.results) text += " " + describe(part) + ";";
          return text + " }";
        } else if constexpr (std::is_same_v<T, Failed> || std::is_same_v<T, TransactionFailed>) {
          return "failed";
        } else {
          return describe(SimpleResult(one));
        }
      },
      result);
}

}  // namespace

std::string describe(const Call& call) {
  const auto operation = decode_operation(call.operation);
  std::string text = "client " + std::to_string(call.client) + ", call " + std::to_string(call.id) + ": " +
                     (operation ? describe_operation(*operation) : "malformed") + ", from " +
                     std::to_string(call.at_us) + " us";
  if (!call.answer) return text + ", never answered";
  const auto result = decode_result(call.answer->result);
  return text + " to " + std::to_string(call.answer->at_us) +
         " us: " + (result ? describe_result(*result) : "malformed");
}

Judgement judge(const History& history, std::uint64_t tries_max) {
  Judgement judgement;
  judgement.calls = history.calls().size();
  const Keys keys(history.calls());
  Parts parts(keys.size());
  std::vector<Step> steps;
  for (const Call& call : history.calls()) {
    Step step = read_step(call, keys);
    const bool nobody_can_tell = !step.answered() && step.writes.empty();
    if (nobody_can_tell) continue;
    const KeyIds& ids = step.reads.empty() ? step.writes : step.reads;
    if (!ids.empty()) {
      parts.join(step.reads, ids.front());
      parts.join(step.writes, ids.front());
    }
    steps.push_back(std::move(step));
  }
  std::map<KeyId, std::vector<Step>> by_part;
  for (Step& step : steps) {
    const KeyIds& ids = step.reads.empty() ? step.writes : step.reads;
    by_part[ids.empty() ? static_cast<KeyId>(keys.size()) : parts.root(ids.front())].push_back(std::move(step));
  }
  for (auto& [root, members] : by_part) {
    ++judgement.parts;
    Search search(keys, std::move(members));
    const auto outcome = search.run(tries_max);
    judgement.tried += search.tried();
    if (outcome == Search::Outcome::found) continue;
    judgement.explanation = search.stuck_at();
    if (outcome == Search::Outcome::none) {
      judgement.verdict = Verdict::not_linearizable;
      return judgement;
    }
    judgement.verdict = Verdict::undecided;
  }
  return judgement;
}

}  // namespace quorate::linearizability
