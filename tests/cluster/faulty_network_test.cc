// Real replicas over a bad network: each kind of fault in turn under load. Writes go on, nothing acknowledged is lost,
// and once the network is good again everybody catches up.
#include <doctest/doctest.h>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/processes.h"
#include "tests/cluster/writer.h"

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;

struct Scene {
  Processes replicas;
  Writer writer;

  explicit Scene(std::uint32_t count = 4) : replicas(options_for(count)), writer(started(replicas), 8) { writes(20); }
  static Processes::Options options_for(std::uint32_t count) {
    Processes::Options options;
    options.replicas = count;
    options.faulty = true;
    return options;
  }
  static std::filesystem::path started(Processes& replicas) {
    replicas.start_all();
    return replicas.cluster_file();
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(replicas.cluster().addresses.size()); }

  void writes(std::uint64_t more) {
    const std::uint64_t enough = writer.acknowledged() + more;
    REQUIRE(writer.write_until([&] { return writer.acknowledged() >= enough; }, 120s));
  }
  void everywhere(const LinkFaults& faults) {
    for (std::uint32_t from = 0; from < size(); ++from) outwards(from, faults);
  }
  void outwards(std::uint32_t from, const LinkFaults& faults) {
    for (std::uint32_t to = 0; to < size(); ++to) {
      if (to != from) replicas.network().set(from, to, faults);
    }
  }
  void inwards(std::uint32_t to, const LinkFaults& faults) {
    for (std::uint32_t from = 0; from < size(); ++from) {
      if (to != from) replicas.network().set(from, to, faults);
    }
  }
  /// The network is good again: all that was acknowledged is there, and every replica has come along.
  void heals() {
    everywhere({});
    writes(20);
    CHECK(writer.finish(120s));
    CHECK(writer.failed() == 0);
    const auto missing = writer.missing(120s);
    REQUIRE(missing);
    CHECK(missing->empty());
    for (std::uint32_t i = 0; i < size(); ++i) {
      const Ran caught_up = run("quorate", {"cluster", "wait", replicas.directory().string(), "--caught-up",
                                            std::to_string(i), "--timeout", "120"});
      CHECK_MESSAGE(caught_up.status == 0, caught_up.err, replicas.output(i));
    }
  }
};

LinkFaults silence() {
  LinkFaults faults;
  faults.silent = true;
  return faults;
}

}  // namespace

TEST_CASE_FIXTURE(Scene, "network: frames that arrive byte by byte are put together") {
  LinkFaults split;
  split.piece_bytes = 1;
  everywhere(split);
  for (std::uint32_t i = 1; i < size(); ++i) replicas.network().cut(0, i);  // hellos too
  const std::uint64_t before = replicas.network().totals().pieces;
  const auto pieces = [&] { return replicas.network().totals().pieces - before; };
  CHECK(writer.write_until([&] { return pieces() > 30'000; }, 120s));
  writes(10);
  heals();
}

TEST_CASE_FIXTURE(Scene, "network: every message is late") {
  LinkFaults late;
  late.delay = 15ms;
  everywhere(late);
  writes(60);
  CHECK(replicas.network().totals().delayed > 100);
  heals();
}

TEST_CASE_FIXTURE(Scene, "network: connections end again and again") {
  LinkFaults lossy;
  lossy.cut_permille = 20;
  everywhere(lossy);
  while (replicas.network().totals().cuts < 20) writes(20);
  heals();
}

TEST_CASE_FIXTURE(Scene, "network: one replica is behind a narrow link") {
  LinkFaults narrow;
  narrow.bytes_per_second = 20'000;
  outwards(2, narrow);
  inwards(2, narrow);
  const std::uint64_t before = replicas.network().totals().delayed;
  writes(300);
  CHECK(replicas.network().totals().delayed > before);
  heals();
}

TEST_CASE_FIXTURE(Scene, "network: a primary that hears everybody and whom nobody hears is left") {
  outwards(0, silence());
  writes(40);
  CHECK(replicas.network().totals().bytes_swallowed > 0);
  heals();
  const Ran status = run("quorate", {"cluster", "status", replicas.directory().string(), "--json"});
  CHECK(status.out.find("\"view\":0,") == std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "network: a backup that is heard and hears nobody holds nobody up") {
  inwards(3, silence());
  writes(100);
  CHECK(replicas.network().totals().bytes_swallowed > 0);
  heals();
}

TEST_CASE("network: of seven, a minority of two is cut off, then another one, the primary in it") {
  Scene scene(7);
  for (const std::uint32_t first : {5U, 0U}) {
    for (const std::uint32_t away : {first, first + 1}) {
      scene.outwards(away, silence());
      scene.inwards(away, silence());
    }
    scene.writes(60);
    scene.everywhere({});
    scene.writes(20);
  }
  scene.heals();
}

}  // namespace quorate::cluster_tests
