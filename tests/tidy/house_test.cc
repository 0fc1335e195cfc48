// The tree as it stands keeps the house rules.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

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

TEST_CASE("no two types have one name") { check_none(check_names(source)); }

TEST_CASE("no unfinished work, no paths of a machine") { check_none(check_words(source)); }

TEST_CASE("each file opens with its idea") { check_none(check_openings(source)); }

TEST_CASE("each folder has its README") { check_none(check_readmes(source)); }

TEST_CASE("each reject reason is named by a test") { check_none(check_rejects(source)); }

TEST_CASE("each script of the table of schedules is a scenario, and each scenario a script") {
  check_none(check_scripts(source));
}

TEST_CASE("each planted bug still applies") { check_none(check_patches(source)); }

// QUORATE_REWRITE=1 writes the table anew first.
TEST_CASE("each sentence of the paper has its tests and mutants, and the README shows them") {
  if (std::getenv("QUORATE_REWRITE") != nullptr) {
    const Path readme = source / "tests/paper/README.md";
    const std::string text = read_file(readme);
    std::ofstream(readme) << text.substr(0, text.find(table_mark)) << paper_table(source);
  }
  check_none(check_paper(source));
}

TEST_CASE("the core and the service call no clock, socket, file, thread or randomness") {
  check_none(check_pure(binary / "replica/core/libquorate_core.a"));
  check_none(check_pure(binary / "replica/service/libquorate_service.a"));
}

TEST_CASE("the client core is as pure") { check_none(check_pure(binary / "client/libquorate_client_core.a")); }

TEST_CASE("no installed program contains a traitor") {
  CHECK_FALSE(has_symbol(binary / "bin/quorate", "quorate::traitors::"));
  CHECK_FALSE(has_symbol(binary / "bin/quorate-replica", "quorate::traitors::"));
  CHECK(has_symbol(binary / "bin/quorate-traitor", "quorate::traitors::"));
}

TEST_CASE("no installed program contains the simulator's signature scheme") {
  CHECK_FALSE(has_symbol(binary / "bin/quorate", "UnforgeableScheme"));
  CHECK_FALSE(has_symbol(binary / "bin/quorate-replica", "UnforgeableScheme"));
  CHECK(has_symbol(binary / "bin/quorate-sim", "UnforgeableScheme"));
}
