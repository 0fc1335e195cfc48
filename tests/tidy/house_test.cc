// The tree as it stands keeps the house rules.
#include <doctest/doctest.h>

#include "tests/tidy/gates.h"

using namespace quorate::tidy;

namespace {

const Path source = QUORATE_SOURCE_DIR;
const Path binary = QUORATE_BINARY_DIR;

void check_none(const Violations& violations) {
  for (const std::string& violation : violations) FAIL_CHECK(violation);
}

}  // namespace

TEST_CASE("each folder includes only what it may") { check_none(check_includes(source)); }

TEST_CASE("files and functions are short") { check_none(check_sizes(source)); }

TEST_CASE("no unfinished work, no paths of a machine") { check_none(check_words(source)); }

TEST_CASE("each file opens with its idea") { check_none(check_openings(source)); }

TEST_CASE("the core and the service call no clock, socket, file, thread or randomness") {
  check_none(check_pure(binary / "replica/core/libquorate_core.a"));
  check_none(check_pure(binary / "replica/service/libquorate_service.a"));
}
