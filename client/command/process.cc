#include "client/command/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace quorate::command {
namespace {

/// In the child, between fork and exec: only what is safe there. Writes errno to `report` if it fails.
[[noreturn]] void become(const std::vector<char*>& arguments, int output, int report) {
  if (output >= 0) {
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
  }
  ::execv(arguments[0], arguments.data());
  const int error = errno;
  [[maybe_unused]] const auto ignored = ::write(report, &error, sizeof error);
  ::_exit(127);
}

/// Detached when there is an output (not −1). The pipe tells whether the program was executed: exec closes it.
Result<pid_t> spawn(std::vector<std::string>& words, int output) {
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0)
    return failure(std::string("cannot make a pipe: ") + std::strerror(errno));
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments, output, report[1]);
  int error = pid < 0 ? errno : 0;
  ::close(report[1]);
  const bool failed = pid > 0 && ::read(report[0], &error, sizeof error) > 0;
  ::close(report[0]);
  if (failed) ::waitpid(pid, nullptr, 0);
  if (pid < 0 || failed) return failure("cannot run " + words[0] + ": " + std::strerror(error));
  return pid;
}

}  // namespace

Result<pid_t> start_detached(std::vector<std::string> words, const std::filesystem::path& output) {
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failure(output.string() + ": cannot open: " + std::strerror(errno));
  auto pid = spawn(words, file);
  ::close(file);
  return pid;
}

Result<int> run_to_end(std::vector<std::string> words) {
  const auto pid = spawn(words, -1);
  if (!pid) return tl::unexpected(pid.error());
  int status = 0;
  if (::waitpid(*pid, &status, 0) != *pid) return failure("cannot wait for " + words[0] + ": " + std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace quorate::command
