// import against real clusters, and what is said without a quorum. The other data commands: data_write_test.cc,
// data_read_test.cc, data_transact_test.cc.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {

TEST_CASE("what was imported is what a scan gives back, in order, byte for byte") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  std::vector<std::string> lines;
  for (int i = 0; i < 3000; ++i) {
    lines.push_back("key " + std::to_string(i * 7919 % 3000) + "\tvalue\\t" + std::to_string(i) + "\\n\\\\");
  }
  std::string input;
  for (const std::string& line : lines) input += line + '\n';
  const Ran imported = cluster.data("import", {"-"}, input);
  CHECK(imported.status == 0);
  CHECK(says(imported, "3000 lines imported"));
  std::sort(lines.begin(), lines.end());
  std::string sorted;
  for (const std::string& line : lines) sorted += line + '\n';
  CHECK(cluster.data("scan", {}).out == sorted);
  CHECK(cluster.data("scan", {"--prefix", "key 29", "--limit", "2"}).out == [&] {
    std::string expected;
    int left = 2;
    for (const std::string& line : lines) {
      if (line.rfind("key 29", 0) == 0 && left-- > 0) expected += line + '\n';
    }
    return expected;
  }());
}

TEST_CASE("import refuses what is no line of it") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.data("import", {"-"}, "no tab\n").status == 2);
}

TEST_CASE("without a quorum an operation is told to be unreachable or unknown, in time") {
  const CommandCluster cluster;
  const Ran never_started = cluster.data("put", {"k", "v", "--timeout", "1"});
  CHECK(never_started.status == 3);
  CHECK(says(never_started, "never runs"));
  const Ran bench = cluster.data("bench", {"--clients", "2", "--outstanding", "4", "--no-preload", "--seconds", "1",
                                           "--warmup", "0", "--timeout", "1", "--json"});
  CHECK(bench.status == 4);
  CHECK(bench.out.find(R"("errors":8,)") != std::string::npos);  // they end when the measured time is over
}

}  // namespace quorate::cluster_tests
