// outcome: how an operation ended that was not answered in time.
#include <array>
#include <iostream>

#include "client/command/json.h"
#include "client/command/session.h"

namespace quorate::command {
namespace {

struct Told {
  const char* word;
  Status status;
};
constexpr std::array<Told, 3> told = {{
    // by Ending
    {"executed", Status::done},
    {"never", Status::not_met},
    {"lost", Status::unknown},
}};

}  // namespace

Status outcome(const Target& target, const std::string& text) {
  const auto cluster = read_cluster(target);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  const auto handle = parse_handle(text, cluster->genesis.cluster_id());
  if (!handle || !cluster->genesis.knows(handle->client)) {
    return fail(Status::usage, "'" + text +
                                   "' is no handle of this cluster; it is what a command prints that ends with "
                                   "status 4");
  }
  Target of_client = target;
  of_client.client = handle->client.value;
  auto session = Session::open(of_client);
  if (!session) return fail(Status::usage, session.error().message);
  std::optional<Resolution> resolution;
  (*session)->client().async_outcome(*handle, [&](Resolution arrived) { resolution = arrived; });
  (*session)->run_until([&] { return resolution.has_value(); });
  if (resolution->error != ClientError::none) {
    return fail(Status::unknown, "too few replicas answered; the outcome is still not known, ask again");
  }
  const Told& answer = told.at(static_cast<std::size_t>(resolution->ending));
  std::cout << (target.json ? json_of_outcome(text, answer.word) : answer.word) << '\n';
  std::cerr << "quorate: " << describe(resolution->ending) << '\n';
  return answer.status;
}

}  // namespace quorate::command
