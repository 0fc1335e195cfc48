// A cluster made and run by the `quorate` command alone, for tests of the command.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {

using Arguments = std::vector<std::string>;

/// A cluster made and run by the command alone, and taken down by it.
class CommandCluster {
 public:
  explicit CommandCluster(const Arguments& options = {}, const std::string& name = "c") : name_(name) {
    Arguments arguments = {"cluster", "create", directory()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    REQUIRE(run("quorate", arguments).status == 0);
  }
  ~CommandCluster() { run("quorate", {"cluster", "destroy", directory()}); }
  CommandCluster(const CommandCluster&) = delete;
  CommandCluster& operator=(const CommandCluster&) = delete;

  std::string directory() const { return (root_.path() / name_).string(); }
  Ran cluster(const std::string& command, const Arguments& more = {}) const {
    Arguments arguments = {"cluster", command, directory()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("quorate", arguments);
  }
  Ran data(const std::string& command, const Arguments& more, const std::string& input = "") const {
    Arguments arguments = {command, "--cluster", directory()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("quorate", arguments, input);
  }
  std::filesystem::path file() const { return std::filesystem::path(directory()) / "cluster.toml"; }
  /// As the command noted it; 0 when there is none.
  pid_t pid(std::uint32_t replica) const {
    pid_t pid = 0;
    std::ifstream(replica_directory(file(), ReplicaId(replica)) / "pid") >> pid;
    return pid;
  }

 private:
  TemporaryDirectory root_;
  std::string name_;
};

inline bool says(const Ran& ran, const std::string& text) { return ran.err.find(text) != std::string::npos; }

}  // namespace quorate::cluster_tests
