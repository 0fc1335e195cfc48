#include "client/command/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace quorate::command {
namespace {

/// Where a child's output goes; −1: where ours goes.
struct Outputs {
  int out = -1;
  int err = -1;
  bool detached = false;  // a session of its own, and nothing to read
};

/// In the child, between fork and exec: only what is safe there. Writes errno to `report` if it fails.
[[noreturn]] void become(const std::vector<char*>& arguments, const Outputs& outputs, int report) {
  if (outputs.detached) {
    ::setsid();
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  }
  if (outputs.out >= 0) ::dup2(outputs.out, STDOUT_FILENO);
  if (outputs.err >= 0) ::dup2(outputs.err, STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  const int error = errno;
  [[maybe_unused]] const auto ignored = ::write(report, &error, sizeof error);
  ::_exit(127);
}

/// The pipe tells whether the program was executed: exec closes it.
Result<pid_t> spawn(std::vector<std::string>& words, const Outputs& outputs) {
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0)
    return failure(std::string("cannot make a pipe: ") + std::strerror(errno));
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments, outputs, report[1]);
  int error = pid < 0 ? errno : 0;
  ::close(report[1]);
  const bool failed = pid > 0 && ::read(report[0], &error, sizeof error) > 0;
  ::close(report[0]);
  if (failed) ::waitpid(pid, nullptr, 0);
  if (pid < 0 || failed) return failure("cannot run " + words[0] + ": " + std::strerror(error));
  return pid;
}

Result<int> wait_for(pid_t pid, const std::string& program) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return failure("cannot wait for " + program + ": " + std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Result<pid_t> start_detached(std::vector<std::string> words, const std::filesystem::path& output) {
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failure(output.string() + ": cannot open: " + std::strerror(errno));
  auto pid = spawn(words, {file, file, true});
  ::close(file);
  return pid;
}

Result<int> run_to_end(std::vector<std::string> words) {
  const auto pid = spawn(words, {});
  if (!pid) return tl::unexpected(pid.error());
  return wait_for(*pid, words[0]);
}

Result<Heard> run_and_hear(std::vector<std::string> words) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failure(std::string("cannot make a pipe: ") + std::strerror(errno));
  const auto pid = spawn(words, {pipe[1], -1, false});
  ::close(pipe[1]);
  Heard heard;
  std::array<char, 4096> piece{};
  for (ssize_t size = 0; pid && (size = ::read(pipe[0], piece.data(), piece.size())) > 0;) {
    heard.out.append(piece.data(), static_cast<std::size_t>(size));
  }
  ::close(pipe[0]);
  if (!pid) return tl::unexpected(pid.error());
  const auto status = wait_for(*pid, words[0]);
  if (!status) return tl::unexpected(status.error());
  heard.status = *status;
  return heard;
}

}  // namespace quorate::command
