#include "replica/storage/child_check.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

namespace quorate {
namespace {

/// What was found is told through the pipe, its kind by the status above this one.
enum ExitCode : int { passed = 0, found_something = 3 };
constexpr int kinds = 3;
static_assert(static_cast<int>(ErrorKind::damaged) < kinds);

/// The child dies with its parent and holds none of its files: the owner's lock ends with the owner.
int leave_parent(int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int kept = ::dup2(report, STDERR_FILENO + 1);
  ::close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
  return kept;
}

[[noreturn]] void run(const std::function<Result<void>()>& check, int inherited_report) {
  const int report = leave_parent(inherited_report);
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, SIG_DFL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const Result<void> result = check();
  if (result) ::_exit(ExitCode::passed);
  const std::string& message = result.error().message;
  const ssize_t written = ::write(report, message.data(), message.size());
  const int found = ExitCode::found_something + static_cast<int>(result.error().kind);
  ::_exit(written == static_cast<ssize_t>(message.size()) ? found : 1);
}

std::string read_to_end(int file) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::read(file, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

std::optional<Result<void>> check_in_child(const std::function<Result<void>()>& check) {
  const auto cannot = [](const char* what) {
    return Result<void>(failure(std::string("cannot ") + what + " to check a store: " + std::strerror(errno)));
  };
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return cannot("make a pipe");
  const pid_t child = ::fork();
  if (child == 0) run(check, pipe[1]);
  ::close(pipe[1]);
  const std::string message = child > 0 ? read_to_end(pipe[0]) : std::string();
  ::close(pipe[0]);
  if (child < 0) return cannot("start a process");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return cannot("wait for the process");
  if (!WIFEXITED(status)) return std::nullopt;
  if (WEXITSTATUS(status) == ExitCode::passed) return Result<void>();
  const int kind = WEXITSTATUS(status) - ExitCode::found_something;
  if (kind < 0 || kind >= kinds) return std::nullopt;
  return Result<void>(failure(message, static_cast<ErrorKind>(kind)));
}

}  // namespace quorate
