// cluster status and wait: what the replicas say of themselves, and waiting until it is what one wants to hear.
#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>

#include "client/command/local_cluster.h"

namespace quorate::command {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds redraw{1};
constexpr std::chrono::milliseconds wait_poll{50};

std::string table_of(const LocalCluster& cluster, const std::vector<ReplicaLine>& lines, bool serving) {
  const auto text = [](const auto& value) { return value ? std::to_string(*value) : std::string("-"); };
  std::ostringstream out;
  out << std::left << std::setw(8) << "replica" << std::setw(10) << "pid" << std::setw(13) << "role" << std::setw(6)
      << "view" << std::setw(15) << "last executed" << std::setw(19) << "stable checkpoint"
      << "health\n";
  for (const ReplicaLine& line : lines) {
    out << std::setw(8) << line.id << std::setw(10) << text(line.pid) << std::setw(13) << line.role << std::setw(6)
        << text(line.view) << std::setw(15) << text(line.last_executed) << std::setw(19) << text(line.stable_checkpoint)
        << line.health << '\n';
  }
  for (const ReplicaLine& line : lines) {
    if (line.program && *line.program != replica_program().filename()) {
      out << name_of(ReplicaId(line.id)) << " runs " << *line.program << '\n';
    }
  }
  if (serving) return out.str() + "a quorum serves\n";
  const auto answer = std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.view.has_value(); });
  const std::uint32_t quorum = cluster.file.genesis.quorums().quorum();
  out << "no quorum serves: " << answer << " of " << lines.size() << " replicas answer, " << quorum
      << " must, the primary among them\n";
  return out.str();
}

/// What keeps the cluster from being healthy; nothing when it is.
std::optional<std::string> unwell(const std::vector<ReplicaLine>& lines, bool serving) {
  for (const ReplicaLine& line : lines) {
    if (line.health != "ok") return name_of(ReplicaId(line.id)) + ": " + line.health;
  }
  if (!serving) return "the replicas are in different views";
  return std::nullopt;
}

/// Waits for one replica to have executed what the others surely had executed when the command began.
class CatchingUp {
 public:
  explicit CatchingUp(ReplicaId replica) : replica_(replica) {}

  std::optional<std::string> missing(const LocalCluster& cluster, const Reports& reports) {
    if (!target_) target_ = executed_surely(cluster.file, reports, replica_);
    if (!target_) return "too few of the other replicas answer";
    const auto& own = reports[replica_.value];
    if (!own) return name_of(replica_) + " does not answer";
    if (own->last_executed >= *target_) return std::nullopt;
    return name_of(replica_) + " has executed slot " + std::to_string(own->last_executed.value) + " of " +
           std::to_string(target_->value);
  }

 private:
  ReplicaId replica_;
  std::optional<SequenceNumber> target_;
};

/// One line on the terminal, over the last one.
class WaitLine {
 public:
  ~WaitLine() {
    if (shown_) std::cerr << "\r\033[K" << std::flush;
  }
  void show(const std::string& text) {
    if (::isatty(STDERR_FILENO) == 0) return;
    std::cerr << "\r\033[K" << text << std::flush;
    shown_ = true;
  }

 private:
  bool shown_ = false;
};

}  // namespace

Status status(const ClusterOptions& options, bool watch) {
  const auto cluster = look_at_cluster(options);
  if (!cluster) return cluster.error();
  const auto key = need_asking_key(*cluster);
  if (!key) return key.error();
  while (true) {
    const auto next = Clock::now() + redraw;
    const Reports reports = ask(*cluster, *key);
    const bool serving = serves(cluster->file, reports);
    const auto lines = lines_of(*cluster, reports);
    if (watch && !options.json && ::isatty(STDOUT_FILENO) != 0) std::cout << "\033[H\033[J";
    std::cout << (options.json ? json_of(lines, serving) + '\n' : table_of(*cluster, lines, serving)) << std::flush;
    if (!watch) return serving ? Status::done : Status::unreachable;
    if (!std::cout) return Status::done;  // the reader of the pipe is gone
    std::this_thread::sleep_until(next);
  }
}

Status wait(const ClusterOptions& options) {
  const auto cluster = look_at_cluster(options);
  if (!cluster) return cluster.error();
  const auto key = need_asking_key(*cluster);
  if (!key) return key.error();
  std::optional<CatchingUp> catching_up;
  if (options.replica) catching_up.emplace(cluster->chosen[0]);
  const auto deadline = Clock::now() + options.patience;
  std::optional<std::string> reason;
  {
    WaitLine line;
    while (true) {
      const Reports reports = ask(*cluster, *key);
      reason = catching_up ? catching_up->missing(*cluster, reports)
                           : unwell(lines_of(*cluster, reports), serves(cluster->file, reports));
      if (!reason || Clock::now() >= deadline) break;
      line.show("waiting: " + *reason);
      std::this_thread::sleep_for(wait_poll);
    }
  }
  if (options.json) std::cout << json_of_wait(reason) << '\n';
  if (!reason) return Status::done;
  return fail(Status::unreachable, "it did not come true in time: " + *reason);
}

}  // namespace quorate::command
