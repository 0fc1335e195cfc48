// kill -9 of one or all replicas at random instants under load: each acknowledged write is there, and no signed vote
// that ever passed between the replicas contradicts another.
//
// QUORATE_CRASH_ROUNDS sets how many crashes there are (5), QUORATE_CRASH_SEED where they fall.
#include <doctest/doctest.h>
#include <signal.h>

#include <cstdlib>

#include "crypto/ed25519.h"
#include "tests/cluster/processes.h"
#include "tests/cluster/rounds.h"
#include "tests/cluster/vote_checker.h"
#include "tests/cluster/writer.h"

namespace quorate::cluster_tests {

using namespace std::chrono_literals;

TEST_CASE("kill -9 of one or all replicas under load loses nothing and makes nobody contradict itself") {
  Processes::Options options;
  options.tap = true;
  Processes replicas(options);
  replicas.start_all();
  Writer writer(replicas.cluster_file());
  REQUIRE(writer.write_until([&] { return writer.acknowledged() >= 100; }, 30s));
  Rounds rounds("QUORATE_CRASH", 5);
  for (std::uint64_t round = 0; round < rounds.count(); ++round) {
    const bool all = rounds.draw(3) == 0;
    const auto chosen = static_cast<std::uint32_t>(rounds.draw(options.replicas));
    writer.write_for(std::chrono::milliseconds(20 + rounds.draw(200)));
    for (std::uint32_t i = 0; i < options.replicas; ++i) {
      if (all || i == chosen) replicas.end(i, SIGKILL);
    }
    writer.write_for(std::chrono::milliseconds(rounds.draw(50)));
    for (std::uint32_t i = 0; i < options.replicas; ++i) {
      if (all || i == chosen) replicas.start(i);
    }
    const std::uint64_t before = writer.acknowledged();
    INFO("round ", round, all ? ": all" : ": one");
    REQUIRE(writer.write_until([&] { return writer.acknowledged() >= before + 50; }, 60s));
  }
  CHECK(writer.finish(60s));
  const auto missing = writer.missing(60s);
  REQUIRE(missing);
  CHECK(missing->empty());
  CHECK(writer.failed() == 0);
  const Ed25519Scheme scheme;
  const VoteReport report = check_votes(replicas.votes(), Verifier(replicas.cluster().genesis, scheme));
  CHECK(report.votes > 100);
  for (const std::string& contradiction : report.contradictions) FAIL_CHECK(contradiction);
  MESSAGE(rounds.count(), " rounds, ", writer.acknowledged(), " acknowledged writes, ", report.votes, " signed votes");
}

}  // namespace quorate::cluster_tests
