// client/README.md shows client/example.cc as it is, and the example does what it says.
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
  const std::string example = source("example.cc");
  REQUIRE_FALSE(example.empty());
  CHECK(source("README.md").find("```cpp\n" + example + "```") != std::string::npos);
  Processes replicas;
  replicas.start_all();
  const Ran ran = run("client_example", {replicas.directory().string()});
  CHECK(ran.status == 0);
  CHECK(ran.out == "alice has 70 left\n");
  CHECK(run("client_example", {"/nonexistent"}).status == 2);
}

}  // namespace quorate::cluster_tests
