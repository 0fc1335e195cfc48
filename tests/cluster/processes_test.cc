// The tests' own processes: when a test is killed, its replicas end too.
#include "tests/cluster/processes.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <thread>

namespace quorate::cluster_tests {
namespace {

struct Announcement {
  std::array<pid_t, 4> replicas{};
  std::array<char, 512> directory{};
};

/// The life of a test that is going to be killed.
[[noreturn]] void live(int announce) {
  Processes replicas;
  replicas.start_all();
  Announcement announcement;
  for (std::uint32_t i = 0; i < 4; ++i) announcement.replicas[i] = replicas.pid(i);
  replicas.directory().parent_path().string().copy(announcement.directory.data(), announcement.directory.size() - 1);
  [[maybe_unused]] const auto ignored = ::write(announce, &announcement, sizeof announcement);
  while (true) ::pause();
}

bool lives(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return (file >> number >> name >> state) && state != "Z" && state != "X";
}

}  // namespace

TEST_CASE("replicas do not outlive a test that is killed") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t test = ::fork();
  REQUIRE(test >= 0);
  if (test == 0) live(pipe[1]);
  ::close(pipe[1]);
  Announcement announcement;
  REQUIRE(::read(pipe[0], &announcement, sizeof announcement) == sizeof announcement);
  ::close(pipe[0]);
  for (const pid_t replica : announcement.replicas) CHECK(lives(replica));
  ::kill(test, SIGKILL);
  ::waitpid(test, nullptr, 0);
  for (const pid_t replica : announcement.replicas) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (lives(replica) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK_FALSE(lives(replica));
  }
  std::filesystem::remove_all(announcement.directory.data());
}

}  // namespace quorate::cluster_tests
