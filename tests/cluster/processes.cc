#include "tests/cluster/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <thread>

#include "crypto/check.h"

namespace quorate::cluster_tests {
namespace {

using Clock = std::chrono::steady_clock;

std::filesystem::path program_path(const std::string& program) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
}

/// In the child: ends it with the thread that made it, however that thread ends.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
}

[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {program_path(program).string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  // Sockets of this test that a child held open would never end for their other side.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

Ran run(const std::string& program, const std::vector<std::string>& arguments, const std::string& input) {
  const TemporaryDirectory files;
  const auto in = files.path() / "in";
  const auto out = files.path() / "out";
  const auto err = files.path() / "err";
  std::ofstream(in, std::ios::binary) << input;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  check(pid >= 0, "a process can be started");
  if (pid == 0) {
    die_with(parent);
    ::dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    become(program, arguments);
  }
  int status = 0;
  check(::waitpid(pid, &status, 0) == pid, "a child can be waited for");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

Processes::Processes(const Options& options) : options_(options), pids_(options.replicas, 0) {
  const Ran created =
      run("quorate", {"cluster", "create", directory().string(), "--replicas", std::to_string(options.replicas)});
  check(created.status == 0, "a cluster can be created");
  cluster_ = read_cluster_file(cluster_file()).value();
  if (options.tap) {
    tap_ = std::make_unique<VoteTap>(cluster_.genesis.quorums());
    std::vector<std::uint16_t> ports;
    for (const Address& address : cluster_.addresses) ports.push_back(tap_->forward_to(address.port));
    lead_through([&](std::uint32_t, std::uint32_t peer) { return ports[peer]; });
  } else if (options.faulty) {
    network_ = std::make_unique<FaultyNetwork>(1);
    lead_through(
        [&](std::uint32_t i, std::uint32_t peer) { return network_->link(i, peer, cluster_.addresses[peer].port); });
  }
}

// Each replica gets a cluster file in which it stands at its own port and its peers at others.
void Processes::lead_through(const std::function<std::uint16_t(std::uint32_t, std::uint32_t)>& port_of) {
  for (std::uint32_t i = 0; i < options_.replicas; ++i) {
    const auto own = directory() / ("led-" + std::to_string(i));
    std::filesystem::create_directory(own);
    std::filesystem::create_directory_symlink(replica_files(i), own / replica_files(i).filename());
    ClusterFile seen = cluster_;
    for (std::uint32_t peer = 0; peer < options_.replicas; ++peer) {
      if (peer != i) seen.addresses[peer].port = port_of(i, peer);
    }
    check(write_cluster_file(own / "cluster.toml", seen).has_value(), "a cluster file can be written");
  }
}

Processes::~Processes() {
  for (std::uint32_t i = 0; i < pids_.size(); ++i) end(i, SIGKILL);
}

std::filesystem::path Processes::replica_files(std::uint32_t replica) const {
  return replica_directory(cluster_file(), ReplicaId(replica));
}

void Processes::start(std::uint32_t replica, const Environment& environment) {
  check(pids_[replica] == 0, "a replica is started once at a time");
  const bool led = tap_ != nullptr || network_ != nullptr;
  const auto seen = led ? directory() / ("led-" + std::to_string(replica)) / "cluster.toml" : cluster_file();
  std::vector<std::string> arguments = {"--cluster", seen.string(), "--id", std::to_string(replica)};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  const std::string& postings = traitors_[replica];
  if (!postings.empty()) arguments.insert(arguments.end(), {"--traitor", postings});
  const std::string program = postings.empty() ? "quorate-replica" : "quorate-traitor";
  const auto output_path = replica_files(replica) / "output.txt";
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  check(pid >= 0, "a process can be started");
  if (pid == 0) {
    die_with(parent);
    const int output = ::open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    become(program, arguments);
  }
  pids_[replica] = pid;
}

void Processes::start_all() {
  for (std::uint32_t i = 0; i < pids_.size(); ++i) start(i);
}

void Processes::end(std::uint32_t replica, int signal) {
  if (pids_[replica] == 0) return;
  ::kill(pids_[replica], signal);
  int status = 0;
  ::waitpid(pids_[replica], &status, 0);
  pids_[replica] = 0;
}

bool Processes::runs(std::uint32_t replica) {
  return pids_[replica] != 0 && !wait_for_end(replica, std::chrono::milliseconds(0));
}

std::optional<int> Processes::wait_for_end(std::uint32_t replica, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (pids_[replica] != 0) {
    int status = 0;
    if (::waitpid(pids_[replica], &status, WNOHANG) == pids_[replica]) {
      pids_[replica] = 0;
      return status;
    }
    if (Clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return std::nullopt;
}

std::string Processes::output(std::uint32_t replica) const { return read_file(replica_files(replica) / "output.txt"); }

std::size_t Processes::resident_bytes(std::uint32_t replica) const {
  std::ifstream file("/proc/" + std::to_string(pids_[replica]) + "/statm");
  std::size_t pages = 0;
  std::size_t resident = 0;
  file >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace quorate::cluster_tests
