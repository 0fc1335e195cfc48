// Starts programs: fork and exec, no shell, so that no name of a file is read as a command.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/error.h"

namespace quorate::command {

/// Runs `words[0]` with the other words, detached from us, its output appended to `output`. Returns when the program
/// was executed. Errors: cannot open the output, fork or execute.
Result<pid_t> start_detached(std::vector<std::string> words, const std::filesystem::path& output);
/// Runs it with our own output and waits for its end: its exit status, or −1 when a signal ended it.
Result<int> run_to_end(std::vector<std::string> words);

struct Heard {
  int status = -1;
  std::string out;
};
/// The same with its standard output for us.
Result<Heard> run_and_hear(std::vector<std::string> words);

}  // namespace quorate::command
