// Where the log goes: to standard error, or to a file that is rotated and bounded.
//
// PATH/replica.log is written to; when it would grow beyond its bound it becomes replica.1.log, that one replica.2.log,
// and the oldest goes. Each line is in the file when the call that logs it returns. A line that finds no room on the
// disk is lost; the first such failure is told on standard error. Not here: how often a line may come (log_limit.h).
#pragma once

#include <cstdint>
#include <filesystem>

#include "crypto/error.h"

namespace quorate {

struct LogFileLimits {
  std::size_t file_bytes_max = std::size_t{4} << 20;
  std::size_t files = 3;  // with the one that is written to
};

void log_to_stderr();
/// Errors: the file cannot be opened.
Result<void> log_to_file(const std::filesystem::path& path, const LogFileLimits& limits);
/// The last words of a process that stops at once: to the log, and to standard error as well, since the log's file
/// system may be the reason.
void log_last_words(const std::string& text);

}  // namespace quorate
