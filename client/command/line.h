// The command line as it is read: CLI11 fills a Line, whose `run` is the command that was asked for.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "client/command/commands.h"

namespace CLI {
class App;
}

namespace quorate::command {

using Run = std::function<Status()>;

struct Line {
  std::string directory;
  CreateOptions create;
  std::optional<std::uint32_t> replica;
  std::uint32_t patience_seconds = 30;
  Target target;
  std::string target_directory = "cluster";
  std::uint32_t timeout_seconds = 30;
  std::string key;
  std::int64_t delta = 1;
  std::string file;
  std::string handle;
  PutOptions put;
  RemoveOptions remove;
  GetOptions get;
  ScanOptions scan;
  TransactOptions transact;
  BenchOptions bench;
  Run run;

  Directory cluster() const { return {directory}; }
};

/// `quorate cluster …` (cluster_line.cc).
void add_cluster_commands(CLI::App& app, Line& line);
/// The data commands and bench (data_line.cc).
void add_data_commands(CLI::App& app, Line& line);

}  // namespace quorate::command
