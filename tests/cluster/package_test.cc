// What `make install` installs is enough: a project outside the tree finds it, builds the example, and runs it.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

const std::filesystem::path example = std::filesystem::path(SOURCE_DIRECTORY) / "client/example";

void cmake(const std::vector<std::string>& arguments) {
  const Ran ran = run(CMAKE, arguments);
  REQUIRE_MESSAGE(ran.status == 0, ran.out << ran.err);
}

}  // namespace

TEST_CASE("a project outside the tree finds the installed package, and its program and the installed ones work") {
  const TemporaryDirectory root;
  const std::string prefix = root.path() / "prefix";
  const std::string project = root.path() / "project";
  const std::string build = root.path() / "build";
  cmake({"--install", BINARY_DIRECTORY, "--prefix", prefix});
  std::filesystem::copy(example, project);
  cmake({"-S", project, "-B", build, "-DCMAKE_PREFIX_PATH=" + prefix, std::string("-DCMAKE_CXX_FLAGS=") + CXX_FLAGS});
  cmake({"--build", build});

  const std::string quorate = prefix + "/bin/quorate";
  const std::string cluster = root.path() / "cluster";
  REQUIRE(run(quorate, {"cluster", "create", cluster}).status == 0);
  const Ran started = run(quorate, {"cluster", "start", cluster});
  CHECK_MESSAGE(started.status == 0, started.err);
  const Ran moved = run(build + "/transfer", {cluster});
  const Ran visit = run(build + "/visits", {cluster});
  CHECK(run(quorate, {"cluster", "destroy", cluster}).status == 0);
  CHECK_MESSAGE(moved.status == 0, moved.err);
  CHECK(moved.out == "alice has 70 left\n");
  CHECK(visit.out == "visit 1\n");
}

TEST_CASE("the installed headers name no other place than their own") {
  const TemporaryDirectory root;
  cmake({"--install", BINARY_DIRECTORY, "--prefix", root.path()});
  CHECK(std::filesystem::exists(root.path() / "include/quorate/client/client.h"));
  CHECK_FALSE(std::filesystem::exists(root.path() / "include/quorate/client/command"));
  const Ran found = run("/bin/grep", {"-rlE", SOURCE_DIRECTORY "|Werror|#include \"(client|messages|crypto)/",
                                      root.path() / "include", root.path() / "lib/cmake"});
  CHECK(found.out == "");
}

}  // namespace quorate::cluster_tests
