// Each file of golden/ replays to the trace that it holds; QUORATE_REWRITE=1 writes it anew. And the player refuses
// what is no scenario.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/scenarios/golden_script.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(SOURCE_DIRECTORY) / "tests/scenarios/golden";

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void check_file(const fs::path& file) {
  const std::string expected = read(file);
  std::string actual;
  try {
    actual = replay(expected);
  } catch (const std::runtime_error& error) {
    FAIL_CHECK(file.filename().string() << ": " << std::string(error.what()));
    return;
  }
  if (std::getenv("QUORATE_REWRITE") != nullptr) std::ofstream(file, std::ios::binary) << actual;
  const std::string differs = difference(read(file), actual);
  CHECK_MESSAGE(differs.empty(), file.filename().string() << " differs (QUORATE_REWRITE=1 writes it anew):\n"
                                                          << differs);
  CHECK_MESSAGE(replay(actual) == actual, file.filename().string() << ": a second play differs from the first");
}

}  // namespace

TEST_CASE("golden: each text scenario replays to its trace") {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    check_file(entry.path());
  }
  CHECK(files >= 7);
}

TEST_CASE("golden: a script that says nothing sensible is refused, with the line") {
  for (const char* script :
       {"", "submit 1\n", "cluster\n", "cluster 3\n", "cluster 4\n", "cluster 4\njump 3\nend\n",
        "cluster 4\nlose hope\nend\n", "cluster 4\nlose commit from\nend\n", "cluster 4\nlose commit by 1\nend\n",
        "cluster 4\ncrash 4\nend\n", "cluster 4\ncrash 1\ncrash 1\nend\n", "cluster 4\nrestart 1\nend\n",
        "cluster 4\nuntil spring 1 at all\nend\n", "cluster 4\nhold 1 dawn\nend\n", "cluster 4\nsubmit x\nend\n",
        "cluster 4\nend\nsubmit 1\n"}) {
    CAPTURE(script);
    CHECK_THROWS_AS(replay(script), ScriptError);
  }
  CHECK_THROWS_WITH_AS(replay("cluster 4\n\njump 3\n"), "line 3, 'jump 3': unknown command 'jump'", ScriptError);
}

TEST_CASE("golden: a file without its trace, or with another one, differs") {
  const std::string script = "cluster 4\nsubmit 1\nuntil answered\nend\n";
  const std::string played = replay(script);
  CHECK(replay(played) == played);
  CHECK(difference(played, played).empty());
  CHECK(difference(script, played).find("+   client: 1 answered") != std::string::npos);
  std::string other = played;
  other.replace(other.find("1 answered"), 10, "2 answered");
  const std::string differs = difference(other, replay(other));
  CHECK(differs.find("-   client: 2 answered") != std::string::npos);
  CHECK(differs.find("+   client: 1 answered") != std::string::npos);
}

TEST_CASE("golden: what is awaited and does not come breaks the script") {
  CHECK_THROWS_AS(replay("cluster 4\nuntil executes 1 at all\nend\n"), Broken);
}

}  // namespace quorate::simulation
