// quorate-replica by itself: its page, --check, and its exit statuses (5 is in faults_test.cc).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/command_lines.h"

namespace quorate::cluster_tests {
namespace {

struct Scene {
  CommandCluster cluster;

  Ran replica(const Arguments& more) const {
    Arguments arguments = {"--cluster", cluster.file().string(), "--id", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run("quorate-replica", arguments);
  }
  void write_and_stop() const {
    REQUIRE(cluster.cluster("start").status == 0);
    for (int i = 0; i < 10; ++i) REQUIRE(cluster.data("put", {"key-" + std::to_string(i), "value"}).status == 0);
    REQUIRE(cluster.cluster("stop").status == 0);
  }
  static bool matches(const Ran& ran, const std::string& pattern) {
    const bool found = std::regex_match(ran.out, std::regex(pattern));
    if (!found) MESSAGE(ran.out, ran.err);
    return found;
  }
};

/// Writes over the middle of a store's file.
void damage(const std::filesystem::path& store) {
  std::fstream file(store / "data.mdb", std::ios::in | std::ios::out | std::ios::binary);
  const auto size = std::filesystem::file_size(store / "data.mdb");
  for (std::uintmax_t at = 8192; at + 64 < size; at += 4096) {
    file.seekp(static_cast<std::streamoff>(at + 2000));
    file.write("damaged!", 8);
  }
}

}  // namespace

TEST_CASE_FIXTURE(Scene, "check: a new replica's stores are in order and hold nothing") {
  const Ran text = replica({"--check"});
  CHECK(text.status == 0);
  CHECK(matches(text,
                "log: in order: stable checkpoint 0, committed up to 0, view 0\n"
                "state: in order: the state of slot 0, 0 records, root [0-9a-f]{64}\n"));
}

TEST_CASE_FIXTURE(Scene, "check: what is in the stores, in words and as JSON") {
  write_and_stop();
  const Ran text = replica({"--check"});
  CHECK(text.status == 0);
  CHECK(matches(text,
                "log: in order: stable checkpoint 0, committed up to [0-9]+, view [0-9]+\n"
                "state: in order: the state of slot 0, 0 records, root [0-9a-f]{64}\n"));
  const Ran json = replica({"--check", "--json"});
  CHECK(json.status == 0);
  CHECK(matches(
      json, R"re(\{"replica":1,"in_order":true,"log":\{"directory":"[^"]+/replica-1/log","bytes":[0-9]+,)re"
            R"re("stable_checkpoint":0,"last_committed":[0-9]+,"view":[0-9]+\},"state":\{"directory":"[^"]+)re"
            R"re(/replica-1/state","bytes":[0-9]+,"slot":0,"whole":true,"entries":0,"root":"[0-9a-f]{64}"\}\}\n)re"));
}

TEST_CASE_FIXTURE(Scene, "check: both stores are looked at, and the damaged one is named") {
  write_and_stop();
  damage(replica_log_path(cluster.file(), ReplicaId(1)));
  const Ran text = replica({"--check"});
  CHECK(text.status == 3);
  CHECK(text.out.find("log: not in order: store '") == 0);
  CHECK(text.out.find(" is damaged: ") != std::string::npos);
  CHECK(text.out.find("\nstate: in order: ") != std::string::npos);
  const Ran json = replica({"--check", "--json"});
  CHECK(json.status == 3);
  CHECK(json.out.find(R"({"replica":1,"in_order":false,"log":{)") == 0);
  CHECK(json.out.find(R"("error":"store ')") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "check: stores that a running replica has are left alone") {
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran text = replica({"--check"});
  CHECK(text.status == 3);
  CHECK(text.out.find("in use") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "the replica's exit statuses: a wrong command line, the store of another, a port in use") {
  CHECK(run("quorate-replica", {"--cluster", cluster.file().string()}).status == 2);
  CHECK(run("quorate-replica", {"--cluster", cluster.file().string(), "--id", "9"}).status == 2);
  CHECK(replica({"--json"}).status == 2);
  CHECK(replica({"--log-file", "/nowhere/replica.log"}).status == 2);
  REQUIRE(cluster.cluster("start", {"0"}).status == 0);
  asio::io_context context(1);
  const auto port = read_cluster_file(cluster.file())->addresses[1].port;
  const asio::ip::tcp::acceptor taken(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  const Ran listening = replica({});
  CHECK(listening.status == 4);
  CHECK(says(listening, "the port is in use"));
  const auto log = replica_log_path(cluster.file(), ReplicaId(1));
  std::filesystem::remove_all(log);
  std::filesystem::copy(replica_log_path(cluster.file(), ReplicaId(2)), log, std::filesystem::copy_options::recursive);
  const Ran foreign = replica({});
  CHECK(foreign.status == 3);
  CHECK(says(foreign, "replica 2"));
}

TEST_CASE("the replica's page: what it does, every option with its meaning, exit statuses, examples that exist") {
  const Ran ran = run("quorate-replica", {"--help"});
  CHECK(ran.status == 0);
  for (const char* part : {"Usage: quorate-replica", "\nExit status:\n  0  ", "\n  5  ", "\nExamples:\n"}) {
    CHECK_MESSAGE(ran.out.find(part) != std::string::npos, part);
  }
  HelpPages pages;
  const std::string examples = ran.out.substr(ran.out.find("\nExamples:\n"));
  int shown = 0;
  for (const Words& words : commands_of(std::regex_replace(examples, std::regex("\n"), " ; "), {"quorate-replica"})) {
    CHECK(pages.fault_of(words) == "");
    ++shown;
  }
  CHECK(shown == 2);
}

}  // namespace quorate::cluster_tests
