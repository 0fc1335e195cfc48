#include "client/command/directory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include "client/command/process.h"

namespace quorate::command {
namespace {

struct ProcessState {
  char letter = 0;                // as in proc(5): 'T' is stopped
  std::uint64_t start_ticks = 0;  // since boot
};

/// Nothing when there is no such process (or only its corpse).
std::optional<ProcessState> process_state(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  ProcessState state;
  rest >> state.letter;
  if (state.letter == 'Z' || state.letter == 'X') return std::nullopt;
  constexpr int fields_before_start_time = 18;
  std::string skipped;
  for (int i = 0; i < fields_before_start_time; ++i) rest >> skipped;
  if (!(rest >> state.start_ticks)) return std::nullopt;
  return state;
}

/// Another one after each boot of the machine: pids and start times may come again.
std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

Result<void> write_pid_file(const std::filesystem::path& path, pid_t pid) {
  const std::filesystem::path fresh = path.string() + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << pid << ' ' << process_state(pid).value_or(ProcessState()).start_ticks << ' ' << boot_id() << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(fresh, path, error);
  if (!file || error) return failure(path.string() + ": cannot write; check the directory's space and permissions");
  return {};
}

bool printed_nothing(const std::filesystem::path& file) {
  std::error_code absent;
  return std::filesystem::file_size(file, absent) == 0 || absent;
}

// A start prints little or nothing, but a replica that cannot start may be started for years.
void keep_one_output_before(const std::filesystem::path& output) {
  if (printed_nothing(output)) return;
  std::error_code ignored;
  std::filesystem::rename(output, output.parent_path() / "output.1.txt", ignored);
}

}  // namespace

std::filesystem::path Directory::pid_file(ReplicaId replica) const {
  return replica_directory(cluster_file(), replica) / "pid";
}
std::filesystem::path Directory::log_file(ReplicaId replica) const {
  return replica_directory(cluster_file(), replica) / "replica.log";
}
std::filesystem::path Directory::output_file(ReplicaId replica) const {
  return replica_directory(cluster_file(), replica) / "output.txt";
}

Result<std::shared_ptr<const int>> lock_directory(const Directory& directory, std::chrono::seconds patience) {
  const auto path = directory.lock_file();
  const auto failed = [&] { return failure(path.string() + ": cannot be locked: " + std::strerror(errno)); };
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return failed();
    const std::shared_ptr<const int> held(new int(file), [](const int* descriptor) {
      ::close(*descriptor);
      delete descriptor;
    });
    const bool locked = ::flock(file, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) return failed();
    // The directory may have been destroyed, and made again, since the file was opened.
    struct stat opened {};
    struct stat there {};
    const bool same = ::fstat(file, &opened) == 0 && ::stat(path.c_str(), &there) == 0 && opened.st_ino == there.st_ino;
    if (locked && same) return held;
    if (std::chrono::steady_clock::now() >= deadline) {
      return failure("another 'quorate cluster' command is at work in " + directory.root.string() +
                     "; repeat this one when it has ended");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::optional<pid_t> running(const Directory& directory, ReplicaId replica) {
  std::ifstream file(directory.pid_file(replica));
  pid_t pid = 0;
  std::uint64_t started = 0;
  std::string boot;
  if (!(file >> pid >> started >> boot) || pid <= 1 || boot != boot_id()) return std::nullopt;
  const auto state = process_state(pid);
  if (!state || state->start_ticks != started) return std::nullopt;
  return pid;
}

bool in_use(const Directory& directory, ReplicaId replica) {
  if (running(directory, replica)) return true;
  // A replica locks these files for as long as it lives (replica/storage/README.md).
  for (const auto& store :
       {replica_log_path(directory.cluster_file(), replica), replica_state_path(directory.cluster_file(), replica)}) {
    const int file = ::open((store / "owner.lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    const bool locked = ::flock(file, LOCK_EX | LOCK_NB) != 0;
    ::close(file);
    if (locked) return true;
  }
  return false;
}

bool paused(pid_t process) {
  const auto state = process_state(process);
  return state && (state->letter == 'T' || state->letter == 't');
}

std::string program_of(pid_t process) {
  std::error_code none;
  const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/exe", none);
  const std::string name = program.filename().string();
  return name.substr(0, name.find(' '));  // "NAME (deleted)" after a new installation
}

std::filesystem::path replica_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "quorate-replica";
}

std::filesystem::path traitor_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "quorate-traitor";
}

Result<pid_t> start_replica(const Directory& directory, ReplicaId replica, const std::filesystem::path& program,
                            const std::vector<std::string>& options) {
  std::vector<std::string> words = {program.string(),
                                    "--cluster",
                                    directory.cluster_file().string(),
                                    "--id",
                                    std::to_string(replica.value),
                                    "--log-file",
                                    directory.log_file(replica).string()};
  words.insert(words.end(), options.begin(), options.end());
  keep_one_output_before(directory.output_file(replica));
  const auto pid = start_detached(std::move(words), directory.output_file(replica));
  if (!pid) return pid;
  if (auto written = write_pid_file(directory.pid_file(replica), *pid); !written) {
    ::kill(*pid, SIGTERM);
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
  const bool printed = !printed_nothing(directory.output_file(replica));
  std::ifstream file(printed ? directory.output_file(replica) : directory.log_file(replica));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::string text;
  for (std::size_t i = lines.size() - std::min(lines.size(), lines_max); i < lines.size(); ++i) {
    text += "  " + lines[i] + '\n';
  }
  return text;
}

}  // namespace quorate::command
