// client/README.md shows the files of client/example as they are, and the example does what it says.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

std::string source(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(SOURCE_DIRECTORY) + "/client/" + name).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the client README's example runs") {
  const std::string readme = source("README.md");
  for (const auto& [language, file] : {std::pair("cpp", "main.cc"), std::pair("cmake", "CMakeLists.txt")}) {
    const std::string text = source(std::string("example/") + file);
    REQUIRE_FALSE(text.empty());
    CHECK_MESSAGE(readme.find(std::string("```") + language + "\n" + text + "```") != std::string::npos, file);
  }
  Processes replicas;
  replicas.start_all();
  const Ran ran = run("client_example", {replicas.directory().string()});
  CHECK(ran.status == 0);
  CHECK(ran.out == "alice has 70 left\n");
  CHECK(run("client_example", {"/nonexistent"}).status == 2);
}

}  // namespace quorate::cluster_tests
