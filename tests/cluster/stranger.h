// A process that is none of ours, for tests of whom the command signals; and pid files that say otherwise.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {

/// A process that is no replica and does not end on SIGTERM.
class Stranger {
 public:
  Stranger() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::signal(SIGTERM, SIG_IGN);
    while (true) ::pause();
  }
  ~Stranger() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  pid_t pid() const { return pid_; }
  bool lives() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  /// The 22nd field of proc(5)'s stat.
  std::string start_ticks() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::string field;
    for (int i = 0; i < 22; ++i) file >> field;  // the program's name has no blank
    return field;
  }

 private:
  pid_t pid_;
};

/// Of this boot of the machine, as pid files have it.
inline std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

/// Notes this as the process of a replica.
inline void write_pid(const CommandCluster& cluster, std::uint32_t replica, const std::string& text) {
  std::ofstream(replica_directory(cluster.file(), ReplicaId(replica)) / "pid", std::ios::trunc) << text << '\n';
}

}  // namespace quorate::cluster_tests
