// What a replica says about itself, and when it is logged.
#include "replica/health.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/support/temporary_directory.h"

using namespace quorate;

TEST_CASE("health is ok, or all that is wrong") {
  asio::io_context main(1);
  std::vector<Trouble> troubles;
  const Health health(main, [&] { return troubles; });
  CHECK(health.text() == "ok");
  troubles = {{"one", "one thing is wrong"}, {"two", "another is"}};
  CHECK(health.text() == "one thing is wrong; another is");
}

TEST_CASE("low disk: below the bound it is told how much is left, at it or with no such directory nothing") {
  const TemporaryDirectory directory;
  constexpr std::uint64_t never_free = std::numeric_limits<std::uint64_t>::max();
  CHECK_FALSE(low_disk({directory.path()}, 0));
  CHECK_FALSE(low_disk({directory.path() / "absent"}, never_free));
  const auto low = low_disk({directory.path() / "absent", directory.path()}, never_free);
  REQUIRE(low);
  CHECK(low->text.find(" MB left: free some") != std::string::npos);
}

TEST_CASE("clocks: whose is wrong is said when f + 1 vouch for it, else that one of two is") {
  CHECK(clock_trouble({ReplicaId(2), 7'200'000, true}).text.find("its clock is 7 s behind") == 0);
  const std::string doubt = clock_trouble({ReplicaId(2), 7'200'000, false}).text;
  CHECK(doubt.find("the clock of replica 2, the primary, is 7 s ahead of its own") == 0);
}
