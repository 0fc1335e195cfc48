#include "client/command/directory.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

namespace quorate::command {
namespace {

/// When the process began, in clock ticks since boot; nothing when there is none (or only its corpse).
std::optional<std::uint64_t> start_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::string state;
  rest >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  constexpr int fields_before_start_time = 18;
  std::string skipped;
  for (int i = 0; i < fields_before_start_time; ++i) rest >> skipped;
  std::uint64_t ticks = 0;
  if (!(rest >> ticks)) return std::nullopt;
  return ticks;
}

Result<void> write_pid_file(const std::filesystem::path& path, pid_t pid) {
  const std::filesystem::path fresh = path.string() + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << pid << ' ' << start_time(pid).value_or(0) << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(fresh, path, error);
  if (!file || error) return failure(path.string() + ": cannot write; check the directory's space and permissions");
  return {};
}

/// In the child, between fork and exec: only what is safe there. Writes errno to `report` if it fails.
[[noreturn]] void become(const std::vector<char*>& arguments, int output, int report) {
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  const int error = errno;
  [[maybe_unused]] const auto ignored = ::write(report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

std::filesystem::path Directory::pid_file(ReplicaId replica) const {
  return replica_directory(cluster_file(), replica) / "pid";
}
std::filesystem::path Directory::output_file(ReplicaId replica) const {
  return replica_directory(cluster_file(), replica) / "output.txt";
}

std::optional<pid_t> running(const Directory& directory, ReplicaId replica) {
  std::ifstream file(directory.pid_file(replica));
  pid_t pid = 0;
  std::uint64_t started = 0;
  if (!(file >> pid >> started) || pid <= 1) return std::nullopt;
  if (start_time(pid) != started) return std::nullopt;
  return pid;
}

Result<pid_t> start_replica(const Directory& directory, ReplicaId replica, const std::filesystem::path& program) {
  const auto output_path = directory.output_file(replica);
  const int output = ::open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) return failure(output_path.string() + ": cannot open: " + std::strerror(errno));
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(output);
    return failure(std::string("cannot make a pipe: ") + std::strerror(error));
  }
  std::vector<std::string> words = {program.string(), "--cluster", directory.cluster_file().string(), "--id",
                                    std::to_string(replica.value)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments, output, report[1]);
  ::close(output);
  ::close(report[1]);
  int error = pid < 0 ? errno : 0;
  if (pid > 0 && ::read(report[0], &error, sizeof error) <= 0) error = 0;
  ::close(report[0]);
  if (error != 0) return failure("cannot run " + program.string() + ": " + std::strerror(error));
  if (auto written = write_pid_file(directory.pid_file(replica), pid); !written) {
    ::kill(pid, SIGTERM);
    return tl::unexpected(written.error());
  }
  return pid;
}

bool signal_replica(const Directory& directory, ReplicaId replica, int signal) {
  const auto pid = running(directory, replica);
  return pid && ::kill(*pid, signal) == 0;
}

void forget_pid(const Directory& directory, ReplicaId replica) {
  std::error_code ignored;
  std::filesystem::remove(directory.pid_file(replica), ignored);
}

std::string last_output(const Directory& directory, ReplicaId replica) {
  constexpr std::size_t lines_max = 5;
  std::ifstream file(directory.output_file(replica));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::string text;
  for (std::size_t i = lines.size() - std::min(lines.size(), lines_max); i < lines.size(); ++i) {
    text += "  " + lines[i] + '\n';
  }
  return text;
}

}  // namespace quorate::command
