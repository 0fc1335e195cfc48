#include "client/command/traitors.h"

#include <algorithm>
#include <charconv>
#include <iostream>

#include "client/command/process.h"

namespace quorate::command {
namespace {

Result<void> traitor_program_is_there() {
  std::error_code none;
  if (std::filesystem::exists(traitor_program(), none)) return {};
  return failure("there is no " + traitor_program().string() +
                 ": traitors belong to the tests; 'make traitors' in the source tree builds it, copy it there");
}

/// The number before the '='.
std::optional<ReplicaId> replica_of(std::string_view posting) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(posting.data(), posting.data() + posting.size(), id);
  if (error != std::errc() || end == posting.data() + posting.size() || *end != '=') return std::nullopt;
  return ReplicaId(id);
}

}  // namespace

Result<std::vector<ReplicaId>> traitors_here(const LocalCluster& cluster, const std::string& postings) {
  std::vector<ReplicaId> traitors;
  for (std::size_t begin = 0; begin < postings.size();) {
    const std::size_t end = std::min(postings.find(',', begin), postings.size());
    const std::string posting = postings.substr(begin, end - begin);
    const auto replica = replica_of(posting);
    if (!replica) return failure("--traitor " + posting + ": expected REPLICA=TRAITOR, for instance 2=equivocate");
    if (std::find(cluster.chosen.begin(), cluster.chosen.end(), *replica) == cluster.chosen.end()) {
      return failure("--traitor " + posting + ": " + name_of(*replica) + " is none of those to start");
    }
    if (running(cluster.directory, *replica)) {
      return failure("--traitor " + posting + ": " + name_of(*replica) + " runs already; stop it first");
    }
    traitors.push_back(*replica);
    begin = end + 1;
  }
  if (traitors.empty()) return traitors;
  if (const auto there = traitor_program_is_there(); !there) return tl::unexpected(there.error());
  return traitors;
}

Status list_traitors(bool json) {
  if (const auto there = traitor_program_is_there(); !there) return fail(Status::usage, there.error().message);
  std::vector<std::string> words = {traitor_program().string(), "--list"};
  if (json) words.emplace_back("--json");
  const auto status = run_to_end(words);
  if (!status) return fail(Status::usage, status.error().message);
  return *status == 0 ? Status::done : Status::usage;
}

}  // namespace quorate::command
