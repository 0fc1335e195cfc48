// A cluster made and run by the `quorate` command alone, for tests of the command.
#pragma once

#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
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

/// While it lives, clusters are started whose replicas complain about nobody, so that a silent primary stays primary.
class NoViewChange {
 public:
  NoViewChange() { ::setenv("QUORATE_VIEW_TIMEOUT_MS", "3600000", 1); }
  ~NoViewChange() { ::unsetenv("QUORATE_VIEW_TIMEOUT_MS"); }
  NoViewChange(const NoViewChange&) = delete;
  NoViewChange& operator=(const NoViewChange&) = delete;
};

/// Whether it becomes true before a deadline that only a broken program reaches.
template <typename Condition>
bool comes_true(Condition condition, std::chrono::milliseconds poll = std::chrono::milliseconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(poll);
  }
  return true;
}

/// Ports that are free at this moment.
inline std::vector<std::uint16_t> free_ports(std::size_t count) {
  asio::io_context context(1);
  std::vector<asio::ip::tcp::acceptor> held;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    held.emplace_back(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    ports.push_back(held.back().local_endpoint().port());
  }
  return ports;
}

inline bool says(const Ran& ran, const std::string& text) { return ran.err.find(text) != std::string::npos; }

}  // namespace quorate::cluster_tests
