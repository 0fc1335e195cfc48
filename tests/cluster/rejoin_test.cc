// A replica that loses its whole disk, or its log, or is given an older one, comes back by itself while the others
// serve.
#include <filesystem>
#include <fstream>

#include "messages/cluster_file.h"
#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

struct Scene {
  CommandCluster cluster;
  std::filesystem::path log = replica_log_path(cluster.file(), ReplicaId(3));
  std::filesystem::path state = replica_state_path(cluster.file(), ReplicaId(3));

  Scene() {
    REQUIRE(cluster.cluster("start").status == 0);
    REQUIRE(cluster.data("put", {"first", "kept"}).status == 0);
    load(1);
  }
  void load(int seconds) const {
    const Ran bench = cluster.data("bench", {"--seconds", std::to_string(seconds), "--warmup", "0", "--clients", "4",
                                             "--outstanding", "32", "--keys", "2000"});
    REQUIRE_MESSAGE(bench.status == 0, bench.err);
  }
  std::string log_of_3() const { return cluster.cluster("logs", {"3", "--lines", "200"}).out; }
  /// Says that it is mute, and at the end that this is over; then the others need its votes.
  void comes_back() const {
    const Ran waited = cluster.cluster("wait", {"--healthy", "--timeout", "120"});
    REQUIRE_MESSAGE(waited.status == 0, (waited.err + log_of_3()));
    CHECK(log_of_3().find("mute: its log was lost or is an older copy") != std::string::npos);
    CHECK(comes_true([this] { return log_of_3().find("mute: it is over") != std::string::npos; }));
    REQUIRE(cluster.cluster("kill", {"1"}).status == 0);
    const Ran read = cluster.data("get", {"first"});
    CHECK(read.status == 0);
    CHECK(read.out.find("kept") != std::string::npos);
    CHECK(cluster.data("put", {"last", "written"}).status == 0);
    CHECK(cluster.cluster("start").status == 0);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Scene, "rejoin: a replica that is wiped under load is let in again, and status tells how far it is") {
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  REQUIRE(cluster.cluster("wipe", {"3", "--yes"}).status == 0);
  load(1);
  const Ran started = cluster.cluster("start");
  REQUIRE(started.status == 0);
  CHECK(started.out.find("replica 3 had no log: it is mute until") != std::string::npos);
  load(1);
  comes_back();
}

TEST_CASE_FIXTURE(Scene, "rejoin: a damaged log is set aside and begun anew, mute") {
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  {
    std::fstream file(log / "data.mdb", std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(log / "data.mdb");
    for (std::uintmax_t at = 8192; at + 64 < size; at += 4096) {
      file.seekp(static_cast<std::streamoff>(at + 2000));
      file.write("damaged!", 8);
    }
  }
  REQUIRE(cluster.cluster("start").status == 0);
  comes_back();
  CHECK(std::filesystem::exists(log.string() + ".damaged"));
  CHECK(log_of_3().find("is damaged") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "rejoin: a replica that is given an older copy of its stores notices that by itself") {
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  const auto older = std::filesystem::path(cluster.directory()) / "older";
  std::filesystem::create_directory(older);
  std::filesystem::copy(log, older / "log", std::filesystem::copy_options::recursive);
  std::filesystem::copy(state, older / "state", std::filesystem::copy_options::recursive);
  REQUIRE(cluster.cluster("start").status == 0);
  load(1);
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  std::filesystem::remove_all(log);
  std::filesystem::remove_all(state);
  std::filesystem::rename(older / "log", log);
  std::filesystem::rename(older / "state", state);
  REQUIRE(cluster.cluster("start").status == 0);
  // It may be healthy for a moment, until the first of its votes is returned.
  REQUIRE(comes_true([this] { return log_of_3().find("mute: its log was lost") != std::string::npos; }));
  comes_back();
}

}  // namespace quorate::cluster_tests
