#include "client/command/stopping.h"

#include <signal.h>

#include <string>
#include <thread>

namespace quorate::command {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds end_poll{20};

Status wait_for_end(const Directory& directory, ReplicaId replica, Clock::time_point deadline) {
  while (running(directory, replica)) {
    if (Clock::now() >= deadline) {
      const std::string id = std::to_string(replica.value);
      std::string said = "replica " + id + " did not stop in time; 'quorate cluster kill " + directory.root.string();
      said += " " + id + "' ends it at once and loses nothing that was acknowledged";
      return fail(Status::unknown, said);
    }
    std::this_thread::sleep_for(end_poll);
  }
  forget_pid(directory, replica);
  return Status::done;
}

}  // namespace

Status stop_these(const Directory& directory, const std::vector<ReplicaId>& replicas, std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  for (const ReplicaId replica : replicas) {
    const auto pid = running(directory, replica);
    signal_replica(directory, replica, SIGTERM);
    if (pid && paused(*pid)) signal_replica(directory, replica, SIGCONT);
  }
  Status worst = Status::done;
  for (const ReplicaId replica : replicas) {
    if (const Status one = wait_for_end(directory, replica, deadline); one != Status::done) worst = one;
  }
  return worst;
}

}  // namespace quorate::command
