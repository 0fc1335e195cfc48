// A cluster on this machine: where its files are, and which process runs which replica.
//
// DIR/cluster.toml, DIR/start.lock, DIR/client-I.key, DIR/replica-I/{key,log,state,pid,replica.log,output.txt}. A pid
// counts only together with the start time of its process and the boot of the machine, so a number that the system gave
// to another program is never signalled.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/cluster_file.h"

namespace quorate::command {

struct Directory {
  std::filesystem::path root;
  std::filesystem::path cluster_file() const { return root / "cluster.toml"; }
  std::filesystem::path lock_file() const { return root / "start.lock"; }
  std::filesystem::path pid_file(ReplicaId replica) const;
  /// What a replica logs; older parts are in replica.1.log, replica.2.log (replica/log_output.h).
  std::filesystem::path log_file(ReplicaId replica) const;
  /// What it prints before its log is open, or when it crashes. output.1.txt: of the start before, if there was any.
  std::filesystem::path output_file(ReplicaId replica) const;
};

/// Only one command at a time starts, ends, makes or destroys; others wait this long. Released with the last copy.
/// Errors: the wait was too long, or the file cannot be made.
Result<std::shared_ptr<const int>> lock_directory(const Directory& directory, std::chrono::seconds patience);

/// The process that runs this replica, if one does.
std::optional<pid_t> running(const Directory& directory, ReplicaId replica);
/// Whether any process uses this replica's stores, also one that another command or person started.
bool in_use(const Directory& directory, ReplicaId replica);
/// Whether it was stopped by SIGSTOP (or a debugger).
bool paused(pid_t process);
/// The name of the program that a process runs; empty when that cannot be told.
std::string program_of(pid_t process);
/// quorate-replica, which is installed beside quorate.
std::filesystem::path replica_program();
/// quorate-traitor, which is there when the tests were built or their component was installed.
std::filesystem::path traitor_program();
/// Starts this replica by `program`, with `options` beside --cluster, --id and --log-file, detached from us, its output
/// in output_file, and notes its pid. Returns when the program was executed. Errors: cannot fork, execute or write.
Result<pid_t> start_replica(const Directory& directory, ReplicaId replica, const std::filesystem::path& program,
                            const std::vector<std::string>& options);
/// Signals the process if it runs. True when it did.
bool signal_replica(const Directory& directory, ReplicaId replica, int signal);
/// Forgets a process that ended.
void forget_pid(const Directory& directory, ReplicaId replica);
/// The last lines of its output, or if there are none, of its log.
std::string last_output(const Directory& directory, ReplicaId replica);

}  // namespace quorate::command
