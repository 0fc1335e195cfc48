// quorate cluster status, wait and logs: what they print, and when they are content.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <regex>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

/// `quorate` with its output in a file, until it is interrupted.
class Watching {
 public:
  Watching(const TemporaryDirectory& root, const Arguments& arguments)
      : out_(root.path() / "watched"), pid_(started(arguments)) {}
  ~Watching() {
    ::kill(pid_, SIGINT);
    ::waitpid(pid_, nullptr, 0);
  }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  std::string seen() const {
    std::ifstream file(out_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::size_t count(const std::string& text) const {
    const std::string all = seen();
    std::size_t found = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++found;
    return found;
  }

 private:
  pid_t started(const Arguments& arguments) const {
    std::vector<std::string> words = {(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "quorate")};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    if (::freopen(out_.c_str(), "w", stdout) != nullptr) ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }

  std::filesystem::path out_;
  pid_t pid_;
};

}  // namespace

TEST_CASE("the table of status, and its last line") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.cluster("kill", {"3"}).status == 0);
  const Ran status = cluster.cluster("status");
  CHECK(status.status == 0);
  CHECK(status.out.find("replica pid       role         view  last executed  stable checkpoint  health\n") == 0);
  CHECK(std::regex_search(status.out, std::regex(R"(\n0 +\d+ +primary +0 +\d+ +\d+ +ok\n)")));
  CHECK(status.out.find("\n3       -         unreachable  -     -              -                  no process runs\n") !=
        std::string::npos);
  CHECK(status.out.ends_with("\na quorum serves\n"));
  REQUIRE(::kill(cluster.pid(0), SIGKILL) == 0);
  CHECK(comes_true(
      [&] { return cluster.cluster("status").out.find("its process ended by itself") != std::string::npos; }));
  const Ran down = cluster.cluster("status");
  CHECK(down.status == 3);
  CHECK(down.out.ends_with("\nno quorum serves: 2 of 4 replicas answer, 3 must, the primary among them\n"));
  CHECK(run("quorate", {"cluster", "status", "/nonexistent"}).status == 2);
}

TEST_CASE("status --watch goes on until it is interrupted") {
  const TemporaryDirectory root;
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const Watching watching(root, {"cluster", "status", cluster.directory(), "--watch", "--json"});
  CHECK(comes_true([&] { return watching.count(R"("serves":true)") >= 2; }));
  REQUIRE(cluster.cluster("stop").status == 0);
  CHECK(comes_true([&] { return watching.count(R"("serves":false)") >= 1; }));
}

TEST_CASE("wait: until all is well, until a replica has caught up, and what is missing when the time is over") {
  const CommandCluster cluster;
  const Ran down = cluster.cluster("wait", {"--healthy", "--timeout", "0", "--json"});
  CHECK(down.status == 3);
  CHECK(down.out == R"({"met":false,"reason":"replica 0: no process runs"})"
                    "\n");
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.cluster("wait", {"--healthy", "--json"}).out == R"({"met":true,"reason":null})"
                                                                "\n");
  REQUIRE(cluster.cluster("stop", {"2"}).status == 0);
  const Ran missing = cluster.cluster("wait", {"--healthy", "--timeout", "0"});
  CHECK(missing.status == 3);
  CHECK(says(missing, "replica 2: no process runs"));
  for (const char* key : {"a", "b", "c"}) REQUIRE(cluster.data("put", {key, "v"}).status == 0);
  const Ran away = cluster.cluster("wait", {"--caught-up", "2", "--timeout", "0"});
  CHECK(away.status == 3);
  CHECK(says(away, "replica 2 does not answer"));
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.cluster("wait", {"--caught-up", "2"}).status == 0);
  const std::string status = cluster.cluster("status", {"--json"}).out;
  CHECK(std::regex_search(status, std::regex(R"("id":2,[^}]*"last_executed":3,)")));
  CHECK(cluster.cluster("wait").status == 2);
  CHECK(cluster.cluster("wait", {"--healthy", "--caught-up", "2"}).status == 2);
  CHECK(cluster.cluster("wait", {"--caught-up", "9"}).status == 2);
}

TEST_CASE("logs: the last lines of one replica or of all, as JSON, and as they are added") {
  const TemporaryDirectory root;
  const CommandCluster cluster;
  CHECK(cluster.cluster("logs").status == 1);
  CHECK(cluster.cluster("logs", {"2"}).status == 1);
  REQUIRE(cluster.cluster("start").status == 0);
  const Watching watching(root, {"cluster", "logs", cluster.directory(), "2", "--follow"});
  REQUIRE(cluster.cluster("stop").status == 0);
  const Ran one = cluster.cluster("logs", {"2", "--lines", "1"});
  CHECK(one.status == 0);
  CHECK(one.out.find("replica 2 stopped cleanly") != std::string::npos);
  CHECK(std::count(one.out.begin(), one.out.end(), '\n') == 1);
  const Ran all = cluster.cluster("logs", {"--lines", "1"});
  CHECK(all.out.find("==> replica 0 <==\n") == 0);
  CHECK(all.out.find("\n\n==> replica 3 <==\n") != std::string::npos);
  const Ran json = cluster.cluster("logs", {"1", "--lines", "1", "--json"});
  CHECK(json.out.find(R"({"replica":1,"line":")") == 0);
  CHECK(comes_true([&] { return watching.count("replica 2 stopped cleanly") == 1; }));
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.cluster("stop").status == 0);
  CHECK(comes_true([&] { return watching.count("replica 2 stopped cleanly") == 2; }));
  CHECK(cluster.cluster("logs", {"9"}).status == 2);
}

TEST_CASE("logs: a log that was rotated is read from its older files on, and followed into the new one") {
  const TemporaryDirectory root;
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.cluster("stop").status == 0);
  const auto log = replica_directory(cluster.file(), ReplicaId(2)) / "replica.log";
  const Watching watching(root, {"cluster", "logs", cluster.directory(), "2", "--follow"});
  CHECK(comes_true([&] { return watching.count("replica 2 stopped cleanly") == 1; }));
  std::ofstream(log, std::ios::app) << "the last line before\n";
  std::filesystem::rename(log, log.parent_path() / "replica.1.log");
  std::ofstream(log) << "the first line after\n";
  CHECK(comes_true([&] { return watching.count("the first line after") == 1; }));
  CHECK(watching.count("the last line before") == 1);
  CHECK(cluster.cluster("logs", {"2", "--lines", "2"}).out == "the last line before\nthe first line after\n");
}

}  // namespace quorate::cluster_tests
