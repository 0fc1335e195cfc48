// Power losses under whole replicas: what was written and not forced is gone, half of the pages under way too
// (power_loss/README.md). Nothing that was acknowledged is lost; with forces that count for nothing, something is.
//
// QUORATE_POWER_ROUNDS sets how many rounds there are (5), QUORATE_POWER_SEED where the losses fall.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/cluster/processes.h"
#include "tests/cluster/rounds.h"
#include "tests/cluster/writer.h"

#ifdef QUORATE_POWER_LOSS_SHIM

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;

class PowerCuts {
 public:
  explicit PowerCuts(bool ignore_forces) : ignore_forces_(ignore_forces) {}

  /// The environment of a replica whose power goes within `ms_max` after its start.
  Environment cut(const Processes& replicas, std::uint32_t replica, std::uint64_t seed, std::uint64_t ms_max) const {
    Environment environment = {
        {"LD_PRELOAD", QUORATE_POWER_LOSS_SHIM},
        {"QUORATE_SHIM_DIRECTORY", std::filesystem::canonical(replicas.replica_files(replica)).string()},
        {"QUORATE_SHIM_SEED", std::to_string(seed)},
        {"QUORATE_SHIM_MS_MAX", std::to_string(ms_max)}};
    if (ignore_forces_) environment.emplace("QUORATE_SHIM_IGNORE_FORCES", "1");
    return environment;
  }

 private:
  bool ignore_forces_;
};

/// One round: the chosen replicas start, lose their power under load, and start again with lasting power. False when
/// one does not come back or the cluster does not serve any more.
bool survives_round(Processes& replicas, Writer& writer, Rounds& rounds, const PowerCuts& cuts) {
  constexpr std::uint64_t ms_max = 400;
  const bool all = rounds.draw(2) == 0;
  const auto chosen = static_cast<std::uint32_t>(rounds.draw(4));
  const auto affected = [&](std::uint32_t i) { return all || i == chosen; };
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (!affected(i)) continue;
    replicas.end(i, SIGKILL);
    replicas.start(i, cuts.cut(replicas, i, rounds.draw(1'000'000), ms_max));
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (!affected(i)) continue;
    std::optional<int> ended;
    writer.write_until([&] { return (ended = replicas.wait_for_end(i, 0ms)).has_value(); }, 30s);
    if (!ended || !WIFSIGNALED(*ended)) return false;
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (affected(i)) replicas.start(i);
  }
  const std::uint64_t before = writer.acknowledged();
  const bool serves = writer.write_until(
      [&] {
        bool all_run = true;
        for (std::uint32_t i = 0; i < 4; ++i) all_run = all_run && replicas.runs(i);
        return !all_run || writer.acknowledged() >= before + 20;
      },
      20s);
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (!replicas.runs(i)) return false;
  }
  return serves;
}

}  // namespace

TEST_CASE("power losses of one or all replicas lose nothing that was acknowledged") {
  Processes replicas;
  replicas.start_all();
  Writer writer(replicas.cluster_file());
  REQUIRE(writer.write_until([&] { return writer.acknowledged() >= 100; }, 30s));
  Rounds rounds("QUORATE_POWER", 5);
  for (std::uint64_t round = 0; round < rounds.count(); ++round) {
    INFO("round ", round);
    if (!survives_round(replicas, writer, rounds, PowerCuts(false))) {
      for (std::uint32_t i = 0; i < 4; ++i) MESSAGE("replica ", i, ": ", replicas.output(i));
      FAIL("the cluster did not come back");
    }
  }
  CHECK(writer.finish(60s));
  const auto missing = writer.missing(60s);
  REQUIRE(missing);
  CHECK(missing->empty());
  CHECK(writer.failed() == 0);
  MESSAGE(rounds.count(), " rounds, ", writer.acknowledged(), " acknowledged writes");
}

TEST_CASE("the same test turns red when forces count for nothing") {
  Processes replicas;
  replicas.start_all();
  Writer writer(replicas.cluster_file());
  REQUIRE(writer.write_until([&] { return writer.acknowledged() >= 100; }, 30s));
  Rounds rounds("QUORATE_POWER", 5);
  bool harm = false;
  for (int round = 0; round < 40 && !harm; ++round) {
    harm = !survives_round(replicas, writer, rounds, PowerCuts(true));
    if (!harm && round % 5 == 4) {
      const auto missing = writer.missing(20s);
      harm = !missing || !missing->empty();
    }
  }
  CHECK(harm);
}

}  // namespace quorate::cluster_tests

#endif
