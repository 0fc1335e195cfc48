// quorate cluster stop, kill, pause, resume, restart and moved directories: which processes are touched, and which
// never.
#include <doctest/doctest.h>

#include <vector>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/stranger.h"

namespace quorate::cluster_tests {
namespace {

std::string health_of(const CommandCluster& cluster, std::uint32_t replica) {
  const std::string status = cluster.cluster("status", {"--json"}).out;
  const auto at = status.find(R"("health":")", status.find(R"("id":)" + std::to_string(replica)));
  const auto begin = at + std::string(R"("health":")").size();
  return at == std::string::npos ? "" : status.substr(begin, status.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("a pid that belongs to another program is never signalled, whatever the file says") {
  const CommandCluster cluster;
  const Stranger stranger;
  const std::string pid = std::to_string(stranger.pid());
  // A reboot: the same pid, and by chance the same start time, of another boot.
  for (const std::string& text : {pid, pid + " 1 " + boot_id(), pid + " " + stranger.start_ticks(),
                                  pid + " " + stranger.start_ticks() + " 00000000-0000-0000-0000-000000000000",
                                  std::string("-1 1 ") + boot_id(), std::string("1 1 ") + boot_id(), std::string()}) {
    write_pid(cluster, 2, text);
    CHECK(cluster.cluster("kill", {"2"}).status == 1);
    CHECK(cluster.cluster("pause", {"2"}).status == 1);
    CHECK(cluster.cluster("stop").status == 0);
    CHECK(stranger.lives());
  }
  write_pid(cluster, 2, pid + " 1 " + boot_id());
  CHECK(cluster.cluster("start").out == "4 replicas started, 0 ran already\n");
  CHECK(cluster.cluster("destroy").status == 0);
  CHECK(stranger.lives());
}

TEST_CASE("a replica that does not stop in time is told as such, and can be killed") {
  const CommandCluster cluster;
  Stranger deaf;  // noted as if it were the replica
  const std::string noted = std::to_string(deaf.pid()) + " " + deaf.start_ticks() + " " + boot_id();
  write_pid(cluster, 2, noted);
  for (const char* command : {"stop", "restart", "destroy"}) {
    const Ran stopped = cluster.cluster(command, {"--timeout", "0"});
    CHECK(stopped.status == 4);
    CHECK(says(stopped, "quorate cluster kill"));
  }
  CHECK(deaf.lives());
  CHECK(cluster.cluster("kill", {"2"}).status == 0);
  CHECK_FALSE(deaf.lives());
  CHECK(cluster.cluster("stop").status == 0);
}

TEST_CASE("pause, resume, stop of a paused replica, restart") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.cluster("pause", {"3"}).status == 0);
  CHECK(health_of(cluster, 3).starts_with("paused"));
  CHECK(cluster.cluster("wait", {"--healthy", "--timeout", "0"}).status == 3);
  CHECK(cluster.cluster("status").status == 0);
  CHECK(cluster.cluster("pause", {"0"}).status == 0);  // the primary
  CHECK(cluster.cluster("status").status == 3);
  CHECK(cluster.cluster("resume").status == 0);
  CHECK(cluster.cluster("wait", {"--healthy"}).status == 0);
  CHECK(cluster.cluster("pause", {"3"}).status == 0);
  CHECK(cluster.cluster("stop", {"3"}).status == 0);
  CHECK(cluster.cluster("resume", {"3"}).status == 1);
  CHECK(cluster.cluster("pause", {"9"}).status == 2);
  CHECK(cluster.cluster("restart", {"3"}).out == "1 replica started, 0 ran already\n");
  const pid_t before = cluster.pid(3);
  CHECK(cluster.cluster("restart", {"3", "--json"}).out == R"({"started":[3],"ran_already":[],"without_stores":[]})"
                                                           "\n");
  CHECK(cluster.pid(3) != before);
  CHECK(cluster.cluster("restart").out == "4 replicas started, 0 ran already\n");
  CHECK(cluster.cluster("kill").status == 0);
  CHECK(cluster.cluster("kill").status == 1);
  CHECK(cluster.cluster("pause").status == 1);
  CHECK(cluster.cluster("resume").status == 1);
}

TEST_CASE("a copy of a directory does not start while the original runs, which never takes its answers for its own") {
  const CommandCluster cluster;
  const std::filesystem::path home = cluster.directory();
  const std::string copy = (home.parent_path() / "copy").string();
  std::filesystem::copy(home, copy, std::filesystem::copy_options::recursive);
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran started = run("quorate", {"cluster", "start", copy});
  CHECK(started.status == 3);
  CHECK(says(started, "is in use by another process"));
  CHECK(says(started, "a copy of this directory"));
  CHECK(run("quorate", {"cluster", "kill", copy}).status == 1);
  CHECK(cluster.data("put", {"k", "v"}).status == 0);
  CHECK(cluster.cluster("status").status == 0);
}

TEST_CASE("a directory may be moved, with its cluster stopped or running") {
  const CommandCluster cluster;
  const std::filesystem::path home = cluster.directory();
  const auto away = home.parent_path() / "elsewhere";
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.data("put", {"k", "v"}).status == 0);
  std::filesystem::rename(home, away);
  CHECK(run("quorate", {"cluster", "status", away.string()}).status == 0);
  CHECK(run("quorate", {"put", "--cluster", away.string(), "k2", "v2"}).status == 0);
  CHECK(run("quorate", {"cluster", "stop", away.string()}).status == 0);
  CHECK(run("quorate", {"cluster", "start", away.string()}).status == 0);
  CHECK(run("quorate", {"get", "--cluster", away.string(), "k2"}).out == "v2");
  CHECK(run("quorate", {"cluster", "stop", away.string()}).status == 0);
  std::filesystem::rename(away, home);
  CHECK(cluster.cluster("start").status == 0);
  CHECK(cluster.data("get", {"k"}).out == "v");
}

}  // namespace quorate::cluster_tests
