// The READMEs show the programs of client/example as they are, and these do what they say.
#include <doctest/doctest.h>

#include "tests/cluster/command_lines.h"
#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

std::string source(const std::string& file) { return text_of(std::filesystem::path(SOURCE_DIRECTORY) / file); }

bool shows(const std::string& readme, const std::string& language, const std::string& file) {
  const std::string text = source("client/example/" + file);
  REQUIRE_FALSE(text.empty());
  return source(readme).find("```" + language + "\n" + text + "```") != std::string::npos;
}

}  // namespace

TEST_CASE("the READMEs show the examples as they are") {
  CHECK(shows("client/README.md", "cmake", "CMakeLists.txt"));
  CHECK(shows("client/README.md", "cpp", "transfer.cc"));
  CHECK(shows("README.md", "cpp", "visits.cc"));
}

TEST_CASE("the READMEs' examples run") {
  Processes replicas;
  replicas.start_all();
  const std::string directory = replicas.directory().string();
  const Ran moved = run("example_transfer", {directory});
  CHECK(moved.status == 0);
  CHECK(moved.out == "alice has 70 left\n");
  CHECK(run("example_visits", {directory}).out == "visit 1\n");
  CHECK(run("example_visits", {directory}).out == "visit 2\n");
  for (const char* example : {"example_transfer", "example_visits"}) CHECK(run(example, {"/nonexistent"}).status == 2);
}

}  // namespace quorate::cluster_tests
