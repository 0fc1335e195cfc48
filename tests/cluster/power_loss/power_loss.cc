// The paths of the shim and of the victim come from CMake.
#include "tests/cluster/power_loss/power_loss.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "crypto/check.h"

namespace quorate::testing {
namespace {

[[noreturn]] void become_victim(const std::string& kind, const std::filesystem::path& directory, std::uint64_t first,
                                const PowerLoss& loss, int report) {
  ::dup2(report, STDOUT_FILENO);
  ::setenv("LD_PRELOAD", QUORATE_POWER_LOSS_SHIM, 1);
  ::setenv("QUORATE_SHIM_DIRECTORY", std::filesystem::canonical(directory).c_str(), 1);
  ::setenv("QUORATE_SHIM_SEED", std::to_string(loss.seed).c_str(), 1);
  if (loss.call != 0)
    ::setenv("QUORATE_SHIM_CALL", std::to_string(loss.call).c_str(), 1);
  else if (loss.ms_max != 0)
    ::setenv("QUORATE_SHIM_MS_MAX", std::to_string(loss.ms_max).c_str(), 1);
  else if (loss.calls_max != 0)
    ::setenv("QUORATE_SHIM_CALLS_MAX", std::to_string(loss.calls_max).c_str(), 1);
  if (loss.ignore_forces) ::setenv("QUORATE_SHIM_IGNORE_FORCES", "1", 1);
  const std::string first_turn = std::to_string(first);
  const std::string turns = std::to_string(loss.turns);
  ::execl(QUORATE_POWER_LOSS_VICTIM, "power_loss_victim", kind.c_str(), directory.c_str(), first_turn.c_str(),
          turns.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

Outcome run_victim(const std::string& kind, const std::filesystem::path& directory, std::uint64_t first,
                   const PowerLoss& loss) {
  std::array<int, 2> pipe{};
  check(::pipe(pipe.data()) == 0, "a pipe can be made");
  const pid_t victim = ::fork();
  check(victim >= 0, "a process can be started");
  if (victim == 0) become_victim(kind, directory, first, loss, pipe[1]);
  ::close(pipe[1]);
  Outcome outcome{false, first - 1};
  std::uint64_t turn = 0;
  while (::read(pipe[0], &turn, sizeof turn) == sizeof turn) outcome.acknowledged = turn;
  ::close(pipe[0]);
  int status = 0;
  check(::waitpid(victim, &status, 0) == victim, "the victim can be waited for");
  outcome.power_went = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return outcome;
}

}  // namespace quorate::testing
