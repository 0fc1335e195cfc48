// Damage that comes while a replica runs, or while it is stopped, to the files under it: it is found and told, the
// others serve on, and the next start mends a state for good.
#include <filesystem>
#include <fstream>

#include "messages/cluster_file.h"
#include "tests/cluster/command_cluster.h"
#include "tests/support/file_bytes.h"

namespace quorate::cluster_tests {
namespace {

/// While it lives, replicas are started that read their stores through all the time.
class BusyScrubber {
 public:
  BusyScrubber() { ::setenv("QUORATE_SCRUB_SECONDS", "1", 1); }
  ~BusyScrubber() { ::unsetenv("QUORATE_SCRUB_SECONDS"); }
  BusyScrubber(const BusyScrubber&) = delete;
  BusyScrubber& operator=(const BusyScrubber&) = delete;
};

const std::string needle(64, 'N');

struct Scene {
  CommandCluster cluster;
  std::filesystem::path state = replica_state_path(cluster.file(), ReplicaId(3));
  std::filesystem::path log = replica_log_path(cluster.file(), ReplicaId(3));

  void begin() const {
    REQUIRE(cluster.cluster("start").status == 0);
    REQUIRE(cluster.data("put", {"haystack", needle}).status == 0);
    load();
    REQUIRE(cluster.cluster("wait", {"--caught-up", "3", "--timeout", "60"}).status == 0);
  }
  /// More slots than lie between two checkpoints.
  void load() const {
    const Ran bench = cluster.data(
        "bench", {"--seconds", "3", "--warmup", "0", "--clients", "4", "--outstanding", "16", "--keys", "500"});
    REQUIRE_MESSAGE(bench.status == 0, bench.err);
  }
  std::string log_of_3() const { return cluster.cluster("logs", {"3"}).out; }
  bool logged(const std::string& text) const { return log_of_3().find(text) != std::string::npos; }
  bool runs() const { return cluster.cluster("status").out.find("its process ended by itself") == std::string::npos; }
  /// Until the needle is on the disk in this store: the state moves from checkpoint to checkpoint.
  std::vector<std::size_t> places(const std::filesystem::path& store) const {
    std::vector<std::size_t> found;
    REQUIRE(comes_true([&] {
      found = testing::places_of(testing::read_file(store / "data.mdb"), as_bytes(needle));
      if (found.empty()) load();
      return !found.empty();
    }));
    return found;
  }
  /// Wherever the needle stands, and again: a checkpoint that is being written may set it down anew.
  void damage_until_it_stops(const std::filesystem::path& store) const {
    places(store);
    REQUIRE(comes_true([&] {
      const auto found = testing::places_of(testing::read_file(store / "data.mdb"), as_bytes(needle));
      for (const std::size_t place : found) testing::write_at(store / "data.mdb", place + 20, Bytes{'?'});
      return !runs();
    }));
  }
  void comes_back_for_good() const {
    REQUIRE(cluster.cluster("start").status == 0);
    const Ran waited = cluster.cluster("wait", {"--caught-up", "3", "--timeout", "120"});
    REQUIRE_MESSAGE(waited.status == 0, (waited.err + log_of_3()));
    const pid_t pid = cluster.pid(3);
    load();
    CHECK(runs());
    CHECK(cluster.pid(3) == pid);
    // Without replica 1 nothing is answered but with the help of replica 3.
    REQUIRE(cluster.cluster("kill", {"1"}).status == 0);
    CHECK(cluster.data("get", {"haystack"}).out.find(needle) != std::string::npos);
  }
};

}  // namespace

TEST_CASE_FIXTURE(
    Scene, "damage: a bit that rots in the state of a running replica is found, told, and mended at the next start") {
  const BusyScrubber busy;
  begin();
  CHECK(comes_true([&] { return logged("the state was read all through and is sound"); }));
  damage_until_it_stops(state);
  CHECK(logged("damage was found while the replica ran, it stops: store"));
  CHECK(cluster.data("put", {"others", "serve"}).status == 0);
  comes_back_for_good();
  CHECK(logged("the state is begun anew"));
  CHECK(std::filesystem::exists(state.string() + ".damaged"));
}

TEST_CASE_FIXTURE(Scene, "damage: a bit that rots in the log of a running replica stops it with the cause") {
  const BusyScrubber busy;
  begin();
  damage_until_it_stops(log);
  CHECK(logged("damage was found while the replica ran, it stops: store"));
  CHECK(cluster.data("put", {"others", "serve"}).status == 0);
}

TEST_CASE_FIXTURE(Scene, "damage: a state file that loses its tail under a running replica kills it at most once") {
  begin();
  places(state);
  std::filesystem::resize_file(state / "data.mdb", 16384);
  REQUIRE(comes_true([&] {
    load();
    return !runs();
  }));
  CHECK(cluster.data("put", {"others", "serve"}).status == 0);
  comes_back_for_good();
  CHECK(logged("the state is begun anew"));
}

TEST_CASE_FIXTURE(Scene, "damage: an older state that is put back is brought up to date by the others") {
  begin();
  places(state);
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  std::filesystem::copy(state, state.string() + ".old", std::filesystem::copy_options::recursive);
  REQUIRE(cluster.cluster("start").status == 0);
  load();
  load();
  REQUIRE(cluster.cluster("wait", {"--caught-up", "3", "--timeout", "60"}).status == 0);
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  std::filesystem::remove_all(state);
  std::filesystem::rename(state.string() + ".old", state);
  comes_back_for_good();
}

}  // namespace quorate::cluster_tests
