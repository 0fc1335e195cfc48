// txn and bench, and how each data command ends when too few replicas answer.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <future>

#include "client/command/directory.h"
#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

const std::string increment = R"({"then": [{"add": "n", "delta": 1}]})";

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// A replica that neither answers nor ends until this does.
class Paused {
 public:
  Paused(const CommandCluster& cluster, std::uint32_t replica) : directory_{cluster.directory()}, replica_(replica) {
    REQUIRE(command::signal_replica(directory_, replica_, SIGSTOP));
  }
  ~Paused() { command::signal_replica(directory_, replica_, SIGCONT); }
  Paused(const Paused&) = delete;
  Paused& operator=(const Paused&) = delete;

 private:
  command::Directory directory_;
  ReplicaId replica_;
};

/// A command whose input and output are pipes of ours.
class Dialogue {
 public:
  explicit Dialogue(Arguments words) {
    words.insert(words.begin(), (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "quorate").string());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    REQUIRE(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  ~Dialogue() {
    ::close(in_);
    ::close(out_);
    ::waitpid(pid_, nullptr, 0);
  }
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  /// The line that answers this one, which may take as long as it likes.
  std::string answer(const std::string& line) const {
    REQUIRE(::write(in_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    std::string read;
    for (char byte = 0; byte != '\n' && ::read(out_, &byte, 1) == 1;) read += byte;
    return read;
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
};

struct Line {
  std::string command;
  Arguments arguments;
  std::string input;
};

const std::vector<Line>& every_data_command() {
  static const std::vector<Line> lines = {
      {"put", {"k", "v"}, ""},
      {"put", {"k", "v", "l", "w", "--if-absent"}, ""},
      {"get", {"k"}, ""},
      {"get", {"k", "l"}, ""},
      {"delete", {"k"}, ""},
      {"delete", {"--prefix", "k"}, ""},
      {"add", {"n", "1"}, ""},
      {"scan", {}, ""},
      {"export", {}, ""},
      {"txn", {"-"}, increment},
      {"txn", {"--lines", "-"}, increment + "\n" + increment + "\n"},
  };
  return lines;
}

/// All at once, as each waits for its deadline.
std::vector<Ran> run_every(const CommandCluster& cluster, const Arguments& more) {
  std::vector<std::future<Ran>> running;
  for (const Line& line : every_data_command()) {
    running.push_back(std::async(std::launch::async, [&] {
      Arguments arguments = line.arguments;
      arguments.insert(arguments.end(), more.begin(), more.end());
      return cluster.data(line.command, arguments, line.input);
    }));
  }
  std::vector<Ran> ran;
  for (auto& one : running) ran.push_back(one.get());
  return ran;
}

}  // namespace

TEST_CASE("txn runs one branch or the other, and says which") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const std::string transfer =
      R"({"conditions": [{"key": "a", "at_least": 5}], "then": [{"add": "a", "delta": -5}, {"add": {"hex": "62ff"}, "delta": 5}],
          "else": [{"put": "a", "value": {"base64": "Nw=="}}]})";
  const Ran otherwise = cluster.data("txn", {"-"}, transfer);
  CHECK(otherwise.status == 1);
  CHECK(otherwise.out.find(R"({"branch":"else","results":[{"version":)") == 0);
  const Ran then = cluster.data("txn", {"-"}, transfer);
  CHECK(then.status == 0);
  CHECK(then.out.find(R"("sum":2)") != std::string::npos);
  CHECK(cluster.data("get", {"--hex", "62ff"}).out == "35\n");
  const Ran hex = cluster.data("txn", {"--hex", "-"}, R"({"then": [{"scan": "a", "limit": 5}]})");
  CHECK(hex.out.find(R"("value":{"hex":"32"})") != std::string::npos);
  const Ran failed = cluster.data("txn", {"-"}, R"({"then": [{"put": "a", "value": "x"}, {"add": "a", "delta": 1}]})");
  CHECK(failed.status == 1);
  CHECK(failed.out == "{\"branch\":\"then\",\"failed\":\"not an integer\",\"operation\":1,\"done\":false}\n");
  CHECK(cluster.data("get", {"a"}).out == "2");
  CHECK(says(cluster.data("txn", {"-"}, R"({"than": []})"), "unknown part \"than\""));
  CHECK(cluster.data("txn", {"/nowhere"}).status == 2);
  CHECK(cluster.data("txn", {}).status == 2);
}

TEST_CASE("txn --lines answers each line in its order, and stops at one that is no transaction") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  std::string lines;
  for (int i = 0; i < 500; ++i)
    lines += R"({"then": [{"put": "k", "value": "x"}, {"get": ")" + std::to_string(i) + "\"}]}\n";
  const Ran many = cluster.data("txn", {"--lines", "-"}, lines);
  CHECK(many.status == 0);
  CHECK(count_of(many.out, "\n") == 500);
  CHECK(count_of(many.out, R"({"branch":"then")") == 500);

  // One after the other the sums come in order, so the answers stand in the order of their lines.
  std::string counting;
  for (int i = 1; i <= 20; ++i) counting += increment + "\n";
  const Ran counted = cluster.data("txn", {"--lines", "--outstanding", "1", "-"}, counting);
  std::size_t from = 0;
  for (int i = 1; i <= 20 && from != std::string::npos; ++i) {
    from = counted.out.find("\"sum\":" + std::to_string(i) + "}", from);
  }
  CHECK(from != std::string::npos);

  const Ran not_met = cluster.data("txn", {"--lines", "-"}, increment + "\n" + R"({"conditions": [{"absent": "n"}]})");
  CHECK(not_met.status == 1);
  CHECK(count_of(not_met.out, "\n") == 2);
  CHECK(not_met.out.find(R"("done":true)") < not_met.out.find(R"({"branch":"else","results":[],"done":false})"));

  const Ran malformed = cluster.data("txn", {"--lines", "-"}, increment + "\n" + increment + "\n\n" + increment + "\n");
  CHECK(malformed.status == 2);
  CHECK(count_of(malformed.out, R"("done":true)") == 2);
  CHECK(says(malformed, "line 3: not a transaction"));
  const Ran too_long = cluster.data("txn", {"--lines", "-"}, R"({"then": [{"get": ""}]})");
  CHECK(too_long.status == 2);
  CHECK(says(too_long, "line 1: the empty key"));
  CHECK(cluster.data("get", {"n"}).out == "23");
  CHECK(cluster.data("txn", {"--lines", "-"}).status == 0);  // no line at all
  CHECK(cluster.data("txn", {"--lines", "/nowhere"}).status == 2);
  CHECK(says(cluster.data("txn", {"--lines", "/"}), "Is a directory"));
}

TEST_CASE("txn --lines answers a line before it has the next one") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const Dialogue dialogue({"txn", "--lines", "--cluster", cluster.directory(), "-"});
  for (int i = 1; i <= 5; ++i) {
    CHECK(dialogue.answer(increment + "\n").find("\"sum\":" + std::to_string(i) + "}") != std::string::npos);
  }
}

TEST_CASE("each data command ends with status 2 where there is no cluster or no key") {
  const CommandCluster cluster;
  for (const Ran& ran : run_every(cluster, {"--client", "99"})) {
    CHECK(ran.status == 2);
    CHECK(says(ran, "no client 99"));
  }
  const Ran nowhere = run("quorate", {"get", "k", "--cluster", "/nowhere"});
  CHECK(nowhere.status == 2);
  CHECK(says(nowhere, "quorate cluster create"));
  CHECK(says(nowhere, "--cluster DIR or QUORATE_CLUSTER"));
}

TEST_CASE("each data command ends with status 3 when nothing runs, and has sent nothing") {
  const CommandCluster cluster;
  for (const Ran& ran : run_every(cluster, {"--timeout", "1"})) {
    CAPTURE(ran.err);
    CHECK(ran.status == 3);
    CHECK(says(ran, "never runs"));
  }
}

TEST_CASE("each data command ends with status 4 and a handle when it left and nobody answered") {
  const NoViewChange patient;
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  std::vector<Ran> every;
  {
    const Paused primary(cluster, 0);  // the others hear the operations and can order none
    every = run_every(cluster, {"--timeout", "4"});
  }
  for (std::size_t i = 0; i < every.size(); ++i) {
    CAPTURE(every_data_command()[i].command);
    CAPTURE(every[i].err);
    CHECK(every[i].status == 4);
    const Arguments& arguments = every_data_command()[i].arguments;
    const bool lines = !arguments.empty() && arguments[0] == "--lines";
    const std::string handle = lines ? every[i].out.substr(every[i].out.find("\"handle\":\"") + 10) : every[i].out;
    const Ran told = cluster.data("outcome", {handle.substr(0, handle.find_first_of("\n\""))});
    CHECK(told.status <= 1);
    CHECK((told.out == "executed\n" || told.out == "never\n"));
    if (lines) CHECK(count_of(every[i].out, "\"handle\":") == 2);
  }
}

TEST_CASE("bench measures what it was asked for, and prints it for scripts") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran closed =
      cluster.data("bench", {"--clients", "2", "--outstanding", "4", "--keys", "100", "--seconds", "1", "--warmup", "0",
                             "--distribution", "zipf", "--read-percent", "50", "--json"});
  CHECK(closed.status == 0);
  CHECK(closed.out.find(R"("errors":0)") != std::string::npos);
  CHECK(closed.out.find(R"("distribution":"zipf")") != std::string::npos);
  CHECK(count_of(cluster.data("scan", {"--prefix", "bench/", "--keys-only"}).out, "\n") == 100);
  const Ran open = cluster.data(
      "bench", {"--clients", "2", "--rate", "50", "--keys", "10", "--seconds", "1", "--warmup", "0", "--no-preload"});
  CHECK(open.status == 0);
  CHECK(open.out.find("operations per second: ") == 0);
  CHECK(open.out.find("p99.9") != std::string::npos);
  CHECK(cluster.data("bench", {"--distribution", "normal"}).status == 2);
  CHECK(cluster.data("bench", {"--rate", "0"}).status == 2);
  CHECK(cluster.data("bench", {"--rate", "1e10"}).status == 2);
  CHECK(says(cluster.data("bench", {"--clients", "17"}), "client keys"));
}

}  // namespace quorate::cluster_tests
