// quorate cluster … against real processes: what it prints, its exit statuses, and errors that say what to do.
#include <doctest/doctest.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fstream>
#include <future>
#include <regex>
#include <set>
#include <sstream>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {

TEST_CASE("cluster status --json has this shape, and its exit status tells whether a quorum answers") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran status = cluster.cluster("status", {"--json"});
  CHECK(status.status == 0);
  const std::string number = R"(\d+)";
  const auto replica = [&](const std::string& id, const std::string& role) {
    return R"(\{"id":)" + id + R"(,"pid":)" + number + R"(,"program":"quorate-replica","role":")" + role +
           R"(","view":0,"last_executed":)" + number + R"(,"stable_checkpoint":)" + number + R"(,"health":"ok"\})";
  };
  const std::regex shape(R"(\{"replicas":\[)" + replica("0", "primary") + "," + replica("1", "backup") + "," +
                         replica("2", "backup") + "," + replica("3", "backup") + R"(\],"serves":true\}\n)");
  CHECK_MESSAGE(std::regex_match(status.out, shape), status.out);
  CHECK(cluster.cluster("kill", {"2"}).status == 0);
  const Ran one_down = cluster.cluster("status", {"--json"});
  CHECK(one_down.status == 0);
  CHECK(one_down.out.find(R"({"id":2,"pid":null,"program":null,"role":"unreachable","view":null,"last_executed":null,)"
                          R"("stable_checkpoint":null,"health":"no process runs"})") != std::string::npos);
  CHECK(cluster.cluster("kill", {"2"}).status == 1);
  CHECK(cluster.cluster("kill", {"9"}).status == 2);
  CHECK(cluster.cluster("stop", {"3"}).status == 0);
  CHECK(cluster.cluster("status").status == 3);
  CHECK(cluster.cluster("start").out == "2 replicas started, 2 ran already\n");
  CHECK(cluster.cluster("start").out == "0 replicas started, 4 ran already\n");
  CHECK(cluster.cluster("stop").status == 0);
  CHECK(cluster.cluster("status").status == 3);
}

TEST_CASE("two starts at once: one starts the replicas, the other finds them running") {
  const CommandCluster cluster;
  auto other = std::async(std::launch::async, [&] { return cluster.cluster("start"); });
  const Ran one = cluster.cluster("start");
  const Ran two = other.get();
  CHECK_MESSAGE(one.status == 0, one.err);
  CHECK_MESSAGE(two.status == 0, two.err);
  std::vector<std::string> said = {one.out, two.out};
  std::sort(said.begin(), said.end());
  CHECK(said[0] == "0 replicas started, 4 ran already\n");
  CHECK(said[1] == "4 replicas started, 0 ran already\n");
}

TEST_CASE("a directory may have any name") {
  const CommandCluster cluster({}, "it's \"$HOME\" ; #");
  CHECK(cluster.cluster("start").status == 0);
}

TEST_CASE("a wrong command line is told as such") {
  CHECK(run("quorate", {}).status == 2);
  CHECK(run("quorate", {"no-such-command"}).status == 2);
  CHECK(run("quorate", {"cluster", "create"}).status == 2);
  CHECK(run("quorate", {"cluster", "create", "x", "--replicas", "3"}).status == 2);
  CHECK(run("quorate", {"--help"}).status == 0);
  const Ran missing = run("quorate", {"cluster", "start", "/nonexistent/cluster"});
  CHECK(missing.status == 2);
  CHECK(says(missing, "quorate cluster create"));
}

TEST_CASE("create refuses a directory that is not empty and touches nothing in it") {
  const CommandCluster cluster;
  const Ran again = run("quorate", {"cluster", "create", cluster.directory()});
  CHECK(again.status == 2);
  CHECK(says(again, "is not empty"));
  CHECK(cluster.cluster("start").status == 0);
}

TEST_CASE("the ports of a new cluster are none that outgoing connections get") {
  std::uint16_t first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  REQUIRE(first > 0);
  const CommandCluster cluster({"--replicas", "20"});
  const auto file = read_cluster_file(cluster.file());
  REQUIRE(file);
  std::set<std::uint16_t> ports;
  for (const Address& address : file->addresses) {
    CHECK(address.port < first);
    ports.insert(address.port);
  }
  CHECK(ports.size() == 20);
}

TEST_CASE("a port in use: start says so, and leaves no process behind") {
  const CommandCluster cluster;
  const auto file = read_cluster_file(std::filesystem::path(cluster.directory()) / "cluster.toml");
  REQUIRE(file);
  asio::io_context context(1);
  const asio::ip::tcp::acceptor held(context, {asio::ip::address_v4::loopback(), file->addresses[2].port});
  const Ran started = cluster.cluster("start");
  CHECK(started.status == 3);
  CHECK(says(started, "replica 2"));
  CHECK(says(started, "in use"));
  const Ran status = cluster.cluster("status", {"--json"});
  CHECK(status.out.find(R"("pid":null)") != std::string::npos);
  CHECK_FALSE(std::regex_search(status.out, std::regex(R"("pid":\d)")));
}

TEST_CASE("a key file that others can read is refused") {
  const CommandCluster cluster;
  const auto file = std::filesystem::path(cluster.directory()) / "cluster.toml";
  const auto key = replica_key_path(file, ReplicaId(1));
  std::filesystem::permissions(key, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  const Ran refused = run("quorate-replica", {"--cluster", file.string(), "--id", "1"});
  CHECK(refused.status == 2);
  CHECK(says(refused, key.string()));
  CHECK(says(refused, "chmod"));
  const auto client_key = client_key_path(file, ClientId(0));
  std::filesystem::permissions(client_key, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  CHECK(cluster.data("get", {"k"}).status == 2);
  for (const char* command : {"status", "start"}) {
    const Ran asked = cluster.cluster(command);
    CHECK(asked.status == 2);
    CHECK(says(asked, client_key.string()));
  }
}

TEST_CASE("a damaged cluster.toml is refused by everybody, with its name and what is wrong") {
  const CommandCluster cluster;
  const auto file = std::filesystem::path(cluster.directory()) / "cluster.toml";
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  const std::string good = text.str();
  for (const std::string& damaged :
       {good.substr(0, good.size() / 2), "x = [" + good, std::string("hello"),
        std::regex_replace(good, std::regex("checkpoint_interval"), "checkpoint_intervall")}) {
    std::ofstream(file, std::ios::trunc) << damaged;
    const Ran replica = run("quorate-replica", {"--cluster", file.string(), "--id", "0"});
    CHECK(replica.status == 2);
    CHECK(says(replica, "cluster.toml"));
    CHECK(cluster.data("get", {"k"}).status == 2);
    CHECK(cluster.cluster("start").status == 2);
  }
  std::ofstream(file, std::ios::trunc) << good;
  CHECK(cluster.cluster("start").status == 0);
}

TEST_CASE("a replica says so when it is started twice, or on the store of another cluster") {
  const CommandCluster cluster;
  const CommandCluster other;
  const auto file = std::filesystem::path(cluster.directory()) / "cluster.toml";
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran twice = run("quorate-replica", {"--cluster", file.string(), "--id", "0"});
  CHECK(twice.status == 3);
  CHECK(says(twice, "in use by process"));
  CHECK(cluster.data("put", {"still", "served"}).status == 0);
  REQUIRE(cluster.cluster("stop").status == 0);
  const auto log = replica_log_path(file, ReplicaId(0));
  std::filesystem::rename(log, log.string() + ".away");
  const auto other_log = replica_log_path(std::filesystem::path(other.directory()) / "cluster.toml", ReplicaId(0));
  std::filesystem::copy(other_log, log, std::filesystem::copy_options::recursive);
  const Ran foreign = run("quorate-replica", {"--cluster", file.string(), "--id", "0"});
  CHECK(foreign.status == 3);
  CHECK(says(foreign, "cluster"));
  std::filesystem::remove_all(log);
  std::filesystem::rename(log.string() + ".away", log);
  CHECK(cluster.cluster("start").status == 0);
  CHECK(cluster.data("get", {"still"}).out == "served");
}

TEST_CASE("clusters of 5 and of 20 replicas can be made and serve") {
  for (const char* replicas : {"5", "20"}) {
    const CommandCluster cluster({"--replicas", replicas});
    REQUIRE(cluster.cluster("start").status == 0);
    CHECK(cluster.data("put", {"k", replicas}).status == 0);
    CHECK(cluster.data("get", {"k"}).out == replicas);
  }
}

}  // namespace quorate::cluster_tests
