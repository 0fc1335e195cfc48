// The command line of quorate-replica.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "messages/types.h"
#include "replica/exit_status.h"
#include "replica/log_output.h"

namespace quorate {

struct Options {
  enum class Mode : std::uint8_t { run, init, check, position, backup, restore };
  Mode mode = Mode::run;
  std::filesystem::path cluster_file;
  ReplicaId id;
  bool json = false;           // of check
  std::filesystem::path copy;  // of backup and restore
  std::string listen;          // empty: this replica's host in the cluster file
  std::string log_level = "info";
  std::filesystem::path log_file;  // empty: standard error
  LogFileLimits log_limits;
  std::uint32_t pipeline_depth = 4;
  std::uint32_t retained_log_mb = 256;
  std::size_t verify_threads = 0;
  std::uint32_t view_timeout_ms = 400;
  std::uint32_t scrub_seconds = 3600;
};

/// The options, or the status to exit with after help or an error was printed.
std::variant<Options, ExitStatus> parse_options(int argc, char** argv);

}  // namespace quorate
