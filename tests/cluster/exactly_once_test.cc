// Exactly once over kill -9 of clients: an integer that is added to is the witness, an import the practice, and
// `quorate outcome` the last word.
//
// QUORATE_CLIENT_KILL_ROUNDS sets how often the client is killed (10), QUORATE_CLIENT_KILL_SEED when.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/rounds.h"

namespace quorate::cluster_tests {
namespace {

std::string beside(const std::string& program) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / program).string();
}

/// A program of ours that may be killed. Its output goes nowhere.
class Child {
 public:
  Child(const std::string& program, const Arguments& arguments) {
    std::vector<std::string> words = {beside(program)};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
      ::posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0);
    }
    REQUIRE(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Child() {
    if (pid_ > 0) kill();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// Its exit status, once it has ended.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
};

std::size_t entries_named(const std::filesystem::path& directory, const std::string& prefix) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().rfind(prefix, 0) == 0) ++count;
  }
  return count;
}

std::string handle_in(const Ran& ran) { return ran.out.substr(0, ran.out.find('\n')); }

}  // namespace

TEST_CASE("client killed: every addition is executed exactly once, however often its client is killed -9") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  Rounds rounds("QUORATE_CLIENT_KILL", 10);
  const std::string file = cluster.directory() + "/cluster.toml";
  const std::string journal = cluster.directory() + "/adder-journal";
  const std::string never_reached = "1000000000";
  for (std::uint64_t round = 0; round < rounds.count(); ++round) {
    const auto written = [&] {
      std::error_code absent;
      const std::uintmax_t bytes = std::filesystem::file_size(journal, absent);
      return absent ? 0 : bytes;
    };
    const std::uintmax_t before = written();
    Child adder("adder", {file, journal, never_reached});
    REQUIRE(comes_true([&] { return written() > before + 1; }, std::chrono::milliseconds(1)));
    std::this_thread::sleep_for(std::chrono::milliseconds(rounds.draw(30)));  // somewhere in its writes
    adder.kill();
  }
  // Additions of earlier lives, acknowledged or not, and some more.
  std::size_t issued = 0;
  std::stringstream text;
  text << std::ifstream(journal).rdbuf();
  for (std::string line; std::getline(text, line);) issued += line.rfind("add ", 0) == 0 ? 1 : 0;
  const std::string count = std::to_string(issued + 100);
  CHECK(Child("adder", {file, journal, count}).wait() == 0);
  CHECK(cluster.data("get", {"witness"}).out == count);
  CHECK(issued > rounds.count());
  MESSAGE(rounds.count(), " lives ended by kill -9, ", count, " additions, each executed once");
}

TEST_CASE("import killed: run again it goes on, ends with the same content, and leaves no journal") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const std::uint64_t lines = Rounds("QUORATE_IMPORT_LINES", 30'000).count();
  const std::string file = cluster.directory() + "/lines.tsv";
  std::string content;
  for (std::uint64_t i = 0; i < lines; ++i) {
    const std::string number = std::to_string(i);
    content.append("key").append(9 - std::min<std::size_t>(9, number.size()), '0').append(number);
    content.append("\tvalue\\t").append(number) += '\n';
  }
  std::ofstream(file) << content;
  const Arguments again = {"import", "--cluster", cluster.directory(), file};
  for (int killed = 0; killed < 3; ++killed) {
    Child import("quorate", again);
    // Until it is under way, wherever that is.
    const auto journal_bytes = [&] {
      std::uintmax_t bytes = 0;
      for (const auto& entry : std::filesystem::directory_iterator(cluster.directory())) {
        if (entry.path().filename().string().rfind("import-", 0) == 0) bytes = entry.file_size();
      }
      return bytes;
    };
    const auto before = journal_bytes();
    while (journal_bytes() < before + 100) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    import.kill();
  }
  const Ran last = run("quorate", again);
  CHECK(last.status == 0);
  CHECK(last.err.find("goes on") != std::string::npos);
  const std::string exported = cluster.directory() + "/exported.tsv";
  REQUIRE(cluster.data("export", {exported}).status == 0);
  std::ifstream file_back(exported);
  const std::string back{std::istreambuf_iterator<char>(file_back), {}};
  CHECK(back.size() == content.size());
  CHECK((back == content));
  CHECK(entries_named(cluster.directory(), "import-") == 0);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run("quorate", again).status == 0);  // a new import, from the beginning
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  MESSAGE(lines, " lines, imported in ", seconds.count(), " s when nothing is killed");
}

TEST_CASE("outcome: an operation that was not answered in time has a handle, and the handle tells how it ended") {
  const NoViewChange patient;
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.data("put", {"k", "before"}).status == 0);
  // Sent to the others, who can order nothing without their primary.
  pid_t primary = 0;
  std::ifstream(cluster.directory() + "/replica-0/pid") >> primary;
  REQUIRE(primary > 1);
  REQUIRE(::kill(primary, SIGSTOP) == 0);
  const Ran unknown = cluster.data("add", {"n", "1", "--client", "3", "--timeout", "1"});
  const Ran still = cluster.data("outcome", {handle_in(unknown), "--timeout", "1"});
  REQUIRE(::kill(primary, SIGCONT) == 0);
  CHECK(unknown.status == 4);
  CHECK(says(unknown, "quorate outcome " + handle_in(unknown)));
  CHECK(still.status == 4);
  const Ran told = cluster.data("outcome", {handle_in(unknown)});
  const Ran value = cluster.data("get", {"n"});
  CHECK(told.status <= 1);
  CHECK(told.out == (told.status == 0 ? "executed\n" : "never\n"));
  CHECK((value.out == "1") == (told.status == 0));
  CHECK((value.status == 1) == (told.status == 1));
  const Ran again = cluster.data("outcome", {handle_in(unknown), "--json"});
  CHECK(again.status == told.status);
  CHECK(again.out.find("\"outcome\":") != std::string::npos);
  CHECK(cluster.data("outcome", {"nonsense"}).status == 2);
  const CommandCluster other({}, "other");
  CHECK(other.data("outcome", {handle_in(unknown) + "0"}).status == 2);
}

}  // namespace quorate::cluster_tests
