// The gate of the tables finds each promise that is not kept.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/tidy/gates.h"

using namespace quorate::tidy;

namespace {

/// A tree with one sound row in each table.
class Tables {
 public:
  Tables() {
    std::string name = (std::filesystem::temp_directory_path() / "quorate-tables-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
    write("tests/simulation/planted/07-some.patch", "Bug: some\n");
    write("tests/scenarios/README.md", scripts + "| one | a | b | 07 |\n");
    write("tests/scenarios/a_test.cc", "TEST_CASE(\"one: what \"\n    \"happens\") {}\n");
    write("tests/paper/a_test.cc", "TEST_CASE(\"4.2: a rule\") {}\n");
    write("tests/paper/sentences.txt", sound);
    write("tests/paper/README.md", "Text.\n" + paper_table(root_));
  }
  ~Tables() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  const Path& root() const { return root_; }
  void write(const Path& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  /// The verdict on other sentences, with a table that follows from them.
  Violations paper(const std::string& sentences) const {
    write("tests/paper/sentences.txt", sentences);
    write("tests/paper/README.md", "Text.\n" + paper_table(root_));
    return check_paper(root_);
  }

  const std::string scripts = "| script | what happens | the rule | mutants |\n|---|---|---|---|\n";
  const std::string sound = "# Comment\n4.2-01 It does.\n  test: 4.2: a rule\n  mutants: 07\n";

 private:
  Path root_;
};

}  // namespace

TEST_CASE("the names of test cases are read, also those that stand in two literals") {
  CHECK(test_cases_of("TEST_CASE(\"a\") {}\nTEST_CASE(\n    \"b, \\\"c\\\" \"\n    \"d\") {}") ==
        std::vector<std::string>{"a", "b, \\\"c\\\" d"});
}

TEST_CASE("a script without a scenario, a scenario without a row and a mutant that is none are found") {
  const Tables tables;
  CHECK(check_scripts(tables.root()).empty());
  tables.write("tests/scenarios/README.md", tables.scripts + "| one | a | b | 07 |\n| two | a | b | 07 |\n");
  CHECK(check_scripts(tables.root()).size() == 1);
  tables.write("tests/scenarios/README.md", tables.scripts + "| one | a | b | 08 |\n");
  CHECK(check_scripts(tables.root()).size() == 1);
  tables.write("tests/scenarios/README.md", tables.scripts + "| one | a | b | |\n");
  CHECK(check_scripts(tables.root()).size() == 1);
  tables.write("tests/scenarios/README.md", tables.scripts + "| one | a | b | 07 |\n");
  tables.write("tests/scenarios/b_test.cc", "TEST_CASE(\"three\") {}\nTEST_CASE(\"golden: no script\") {}\n");
  CHECK(check_scripts(tables.root()).size() == 1);
}

TEST_CASE("a hole in the paper's table, a test or mutant that is none, and a stale README are found") {
  const Tables tables;
  CHECK(check_paper(tables.root()).empty());
  CHECK(tables.paper("4.2-01 It does.\n  mutants: 07\n").size() == 1);
  CHECK(tables.paper("4.2-01 It does.\n  test: 4.2: a rule\n").size() == 1);
  CHECK(tables.paper("4.2-01 It does.\n  test: 4.2: another rule\n  mutants: 07\n").size() == 1);
  CHECK(tables.paper("4.2-01 It does.\n  test: 4.2: a rule\n  mutants: 07 08\n").size() == 1);
  CHECK(tables.paper(tables.sound + "4.2-01 Twice.\n  test: 4.2: a rule\n  mutants: 07\n").size() == 1);
  CHECK(tables.paper("").size() == 1);
  CHECK(tables.paper(tables.sound).empty());
  CHECK_THROWS_AS(tables.paper("4.2-01 It does.\n  tests: 4.2: a rule\n"), std::runtime_error);
  CHECK_THROWS_AS(tables.paper("Prose.\n"), std::runtime_error);
  tables.write("tests/paper/sentences.txt", tables.sound + "4.2-02 More.\n  test: 4.2: a rule\n  mutants: 07\n");
  CHECK(check_paper(tables.root()).size() == 1);
}
