// A replica that loses or damages its state, or was away for too long, gets the state from the others while they serve.
#include <filesystem>
#include <fstream>
#include <regex>

#include "messages/cluster_file.h"
#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

/// While it lives, replicas are started that keep few batches for others.
class LittleRetained {
 public:
  LittleRetained() { ::setenv("QUORATE_RETAINED_LOG_MB", "1", 1); }
  ~LittleRetained() { ::unsetenv("QUORATE_RETAINED_LOG_MB"); }
  LittleRetained(const LittleRetained&) = delete;
  LittleRetained& operator=(const LittleRetained&) = delete;
};

struct Scene {
  LittleRetained little_retained;
  CommandCluster cluster;
  std::filesystem::path state = replica_state_path(cluster.file(), ReplicaId(3));

  Scene() {
    REQUIRE(cluster.cluster("start").status == 0);
    REQUIRE(cluster.data("put", {"first", "kept"}).status == 0);
    write();
  }
  /// More than the others keep, however fast this machine is: three checkpoints of it.
  void write() const {
    const std::uint64_t enough =
        stable_checkpoint() + 3 * read_cluster_file(cluster.file())->genesis.checkpoint_interval;
    while (stable_checkpoint() < enough) {
      const Ran bench = cluster.data(
          "bench", {"--seconds", "2", "--warmup", "0", "--clients", "4", "--outstanding", "32", "--keys", "2000"});
      REQUIRE_MESSAGE(bench.status == 0, bench.err);
    }
  }
  std::uint64_t stable_checkpoint() const {
    const std::string status = cluster.cluster("status", {"--json"}).out;
    std::smatch found;
    REQUIRE_MESSAGE(std::regex_search(status, found, std::regex(R"re("id":0,[^}]*"stable_checkpoint":(\d+))re")),
                    status);
    return std::stoull(found[1]);
  }
  std::string log_of_3() const { return cluster.cluster("logs", {"3"}).out; }
  void comes_back() const {
    REQUIRE(cluster.cluster("start").status == 0);
    const Ran waited = cluster.cluster("wait", {"--caught-up", "3", "--timeout", "120"});
    REQUIRE_MESSAGE(waited.status == 0, (waited.err + log_of_3()));
    CHECK(log_of_3().find("the state of slot") != std::string::npos);
    // Without replica 1 nothing is ordered or answered but with the help of replica 3.
    REQUIRE(cluster.cluster("kill", {"1"}).status == 0);
    REQUIRE(cluster.cluster("pause", {"2"}).status == 0);
    CHECK(cluster.data("get", {"first", "--timeout", "1"}).status == 3);
    REQUIRE(cluster.cluster("resume", {"2"}).status == 0);
    const Ran read = cluster.data("get", {"first"});
    CHECK(read.status == 0);
    CHECK(read.out.find("kept") != std::string::npos);
    CHECK(cluster.data("put", {"last", "written"}).status == 0);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Scene, "state loss: a replica whose state is gone gets it from the others") {
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  REQUIRE(std::filesystem::remove_all(state) > 0);
  comes_back();
  CHECK(log_of_3().find("the state is begun anew") != std::string::npos);
  // The blocks before the state come too, as far back as the others have them.
  const Ran theirs = cluster.data("ledger", {"--replica", "0", "--last", "600"});
  REQUIRE_MESSAGE(theirs.status == 0, theirs.err);
  const std::string first = theirs.out.substr(theirs.out.find('\n') + 1);
  const Arguments ours = {"--replica", "3", "--verify-only", "--from", first.substr(0, first.find(' '))};
  CHECK(comes_true([&] { return cluster.data("ledger", ours).status == 0; }));
}

TEST_CASE_FIXTURE(Scene, "state loss: a replica whose state is damaged sets it aside and gets it from the others") {
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  {
    std::fstream file(state / "data.mdb", std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(state / "data.mdb");
    for (std::uintmax_t at = 8192; at + 64 < size; at += 4096) {
      file.seekp(static_cast<std::streamoff>(at + 2000));
      file.write("damaged!", 8);
    }
  }
  comes_back();
  CHECK(std::filesystem::exists(state.string() + ".damaged"));
  CHECK(log_of_3().find("is damaged") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "state loss: a replica that was away for longer than batches are kept gets the state") {
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  write();
  comes_back();
  CHECK(log_of_3().find("begun anew") == std::string::npos);
}

}  // namespace quorate::cluster_tests
