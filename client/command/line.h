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
  LedgerOptions ledger;
  BenchOptions bench;
  Run run;
};

/// `quorate cluster …` and `quorate keygen` (cluster_line.cc).
void add_cluster_commands(CLI::App& app, Line& line);
/// The data commands and bench (data_line.cc).
void add_data_commands(CLI::App& app, Line& line);

}  // namespace quorate::command
