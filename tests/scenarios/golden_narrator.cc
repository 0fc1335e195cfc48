#include "tests/scenarios/golden_narrator.h"

#include <array>
#include <iterator>
#include <utility>

namespace quorate::simulation {
namespace {

/// Steps are told in this order.
constexpr std::array<const char*, 6> kinds = {"accepts",  "prepares", "commits", "executes", "fetches the state of",
                                              "stable at"};

template <typename Parts, typename Number>
std::set<std::uint64_t> numbers_of(const Parts& parts, Number number) {
  std::set<std::uint64_t> numbers;
  for (const auto& part : parts) numbers.insert(number(part));
  return numbers;
}

}  // namespace

std::string ranges(const std::set<std::uint64_t>& numbers) {
  std::string text;
  for (auto first = numbers.begin(); first != numbers.end();) {
    auto last = first;
    while (std::next(last) != numbers.end() && *std::next(last) == *last + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(*first) + (last == first ? "" : "-" + std::to_string(*last));
    first = std::next(last);
  }
  return text;
}

void Narrator::step(ReplicaId replica, const std::string& kind, SequenceNumber n, bool null) {
  std::vector<Phase>& phases = phases_[replica];
  if (phases.empty()) phases.emplace_back();
  Numbers& numbers = phases.back().steps[kind];
  (null ? numbers.nulls : numbers.batches).insert(n.value);
}

void Narrator::turn(ReplicaId replica, std::string opening) { phases_[replica].push_back({std::move(opening), {}}); }

void Narrator::durable(ReplicaId replica, const LogRecord& record) {
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    const PrePrepareHeader& header = accepted->pre_prepare.header;
    step(replica, "accepts", header.n, header.digest == null_digest());
  } else if (const auto* prepared = std::get_if<PreparedRecord>(&record)) {
    const PrePrepareHeader& header = prepared->certificate.header;
    step(replica, "prepares", header.n, header.digest == null_digest());
  } else if (const auto* mark = std::get_if<CommittedRecord>(&record)) {
    committed(replica, *mark);
  } else if (const auto* stable = std::get_if<StableRecord>(&record)) {
    step(replica, "stable at", stable->proof.n, false);
  } else if (const auto* left = std::get_if<ViewChangeRecord>(&record)) {
    const ViewChange& message = *left->view_change;
    const auto p = numbers_of(message.prepared, [](const auto& part) { return part.header.n.value; });
    turn(replica,
         "leaves for view " + std::to_string(message.view.value) + " (P " + (p.empty() ? "empty" : ranges(p)) + ")");
  } else if (const auto* entered = std::get_if<NewViewRecord>(&record)) {
    const NewView& message = *entered->new_view;
    Numbers o;
    for (const SignedHeader& part : message.pre_prepares) {
      (part.header.digest == null_digest() ? o.nulls : o.batches).insert(part.header.n.value);
    }
    const auto v = numbers_of(message.view_changes, [](const auto& part) { return part->replica.value; });
    turn(replica, "enters view " + std::to_string(message.view.value) + " (V of " + ranges(v) + "; O " +
                      (message.pre_prepares.empty() ? "empty" : told(o)) + ")");
  }
}

void Narrator::committed(ReplicaId replica, const CommittedRecord& mark) {
  const CommitCertificate& certificate = mark.certificate;
  if (!committed_[replica].insert(certificate.n).second) return;
  step(replica, "commits", certificate.n, certificate.digest == null_digest());
}

void Narrator::executed(ReplicaId replica, const Execute& slot, const ExecutedBatch&) {
  step(replica, "executes", slot.n, slot.batch == nullptr);
}

void Narrator::installed(ReplicaId replica, SequenceNumber n) { step(replica, "fetches the state of", n, false); }

void Narrator::lost(std::uint32_t from, std::uint32_t to, const std::string& what) {
  auto& [senders, receivers] = lost_[what];
  senders.insert(from);
  receivers.insert(to);
}

std::string Narrator::told(const Numbers& numbers) {
  const std::string nulls = numbers.nulls.empty() ? "" : "null " + ranges(numbers.nulls);
  return ranges(numbers.batches) + (numbers.batches.empty() || nulls.empty() ? "" : ", ") + nulls;
}

std::string Narrator::told(const std::vector<Phase>& phases) {
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : "; ") + words; };
  for (const Phase& phase : phases) {
    if (!phase.opening.empty()) add(phase.opening);
    for (const char* kind : kinds) {
      const auto found = phase.steps.find(kind);
      if (found != phase.steps.end()) add(std::string(kind) + ' ' + told(found->second));
    }
  }
  return text;
}

std::vector<std::string> Narrator::tell() {
  std::map<std::string, std::set<std::uint64_t>> groups;
  for (const auto& [replica, phases] : std::exchange(phases_, {})) groups[told(phases)].insert(replica.value);
  std::map<std::set<std::uint64_t>, std::string> ordered;
  for (const auto& [text, replicas] : groups) ordered.emplace(replicas, text);
  std::vector<std::string> lines;
  for (const auto& [replicas, text] : ordered) lines.push_back(ranges(replicas) + ": " + text);
  if (answered_ != 0) lines.push_back("client: " + std::to_string(std::exchange(answered_, 0)) + " answered");
  for (const auto& [what, ends] : std::exchange(lost_, {})) {
    lines.push_back("lost: " + what + " from " + ranges(ends.first) + " to " + ranges(ends.second));
  }
  return lines;
}

}  // namespace quorate::simulation
