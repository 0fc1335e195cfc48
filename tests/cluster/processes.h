// Real replica processes for tests: a cluster in a fresh directory, every process ended by its pid at the end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/cluster_file.h"
#include "tests/cluster/faulty_network.h"
#include "tests/cluster/vote_tap.h"
#include "tests/support/temporary_directory.h"

namespace quorate::cluster_tests {

/// What a command printed, and its exit status.
struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};
/// Runs a program beside the tests ("quorate", "quorate-replica") to its end.
Ran run(const std::string& program, const std::vector<std::string>& arguments, const std::string& input = "");

using Environment = std::map<std::string, std::string>;

/// A cluster of replicas that are children of this process, and end with the thread that started them.
class Processes {
 public:
  struct Options {
    std::uint32_t replicas = 4;
    // Replicas reach each other through, at most one of:
    bool tap = false;     // a VoteTap
    bool faulty = false;  // a FaultyNetwork
    std::vector<std::string> arguments = {"--log-level", "warn"};
  };
  explicit Processes(const Options& options);
  Processes() : Processes(Options()) {}
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  void start(std::uint32_t replica, const Environment& environment = {});
  void start_all();
  /// From its next start on this replica is a quorate-traitor with these postings; none: loyal.
  void turn(std::uint32_t replica, const std::string& postings) { traitors_[replica] = postings; }
  /// Ends it with this signal and waits for its end.
  void end(std::uint32_t replica, int signal);
  bool runs(std::uint32_t replica);
  pid_t pid(std::uint32_t replica) const { return pids_[replica]; }
  /// Waits until it has ended by itself; its status as of waitpid.
  std::optional<int> wait_for_end(std::uint32_t replica, std::chrono::milliseconds patience);

  const ClusterFile& cluster() const { return cluster_; }
  std::filesystem::path directory() const { return root_.path() / "cluster"; }
  std::filesystem::path cluster_file() const { return directory() / "cluster.toml"; }
  std::filesystem::path replica_files(std::uint32_t replica) const;
  std::string output(std::uint32_t replica) const;
  /// Memory in use by it, in bytes.
  std::size_t resident_bytes(std::uint32_t replica) const;
  std::vector<Vote> votes() const { return tap_->votes(); }
  FaultyNetwork& network() { return *network_; }

 private:
  /// `port_of(i, peer)`: where replica i finds its peer.
  void lead_through(const std::function<std::uint16_t(std::uint32_t, std::uint32_t)>& port_of);

  TemporaryDirectory root_;
  Options options_;
  ClusterFile cluster_;
  std::unique_ptr<VoteTap> tap_;
  std::unique_ptr<FaultyNetwork> network_;
  std::vector<pid_t> pids_;
  std::map<std::uint32_t, std::string> traitors_;
};

}  // namespace quorate::cluster_tests
