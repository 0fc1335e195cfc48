// Every command's --help is a whole page, and shows nothing that does not exist.
#include <doctest/doctest.h>

#include <regex>
#include <sstream>

#include "tests/cluster/command_lines.h"
#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// The lines of a section, and of what it is continued with.
std::string section(const std::string& page, const std::string& title) {
  const std::size_t found = page.find("\n" + title + ":\n");
  if (found == std::string::npos) return "";
  const std::size_t begin = found + title.size() + 3;
  return page.substr(begin, page.find("\n\n", begin) - begin);
}

/// Terms of a section without a meaning: nothing stands behind them, nor on a further line.
std::string terms_without_meaning(const std::string& text) {
  std::istringstream lines(text);
  std::string bad;
  std::string last;
  static const std::regex entry(R"(^  \S.*)"), whole(R"(^  \S.*?\S  +\S.*|^  \S{1,20} {2,}\S.*)");
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, entry)) {
      last.clear();
      continue;
    }
    if (!last.empty()) bad += last + '\n';
    last = std::regex_match(line, whole) ? "" : line;
  }
  return last.empty() ? bad : bad + last + '\n';
}

void check_page(HelpPages& pages, const Words& command) {
  const std::string& page = pages.of(command);
  const std::string name = joined(command);
  CHECK(page.compare(0, name.size() + 2, name + ": ") == 0);
  CHECK(page.find("\nUsage: " + name + " ") != std::string::npos);
  for (const char* title : {"Arguments", "Options"}) CHECK(terms_without_meaning(section(page, title)) == "");
  CHECK(pages.options_in(page).contains("--help"));

  const std::string statuses = section(page, "Exit status");
  CHECK_MESSAGE(statuses.find("  0  ") != std::string::npos, name, ": exit statuses");
  CHECK_MESSAGE(statuses.find("  2  ") != std::string::npos, name, ": exit statuses");

  const std::string examples = section(page, "Examples");
  bool shown = false;
  for (const Words& words : commands_of(std::regex_replace(examples, std::regex("\n"), " ; "), {"quorate"})) {
    CHECK_MESSAGE(pages.fault_of(words) == "", name, ": an example: ", pages.fault_of(words));
    shown = shown || joined(words).compare(0, name.size(), name) == 0;
  }
  CHECK_MESSAGE(shown, name, ": an example of its own");
  for (const std::string& sub : pages.commands_in(page)) {
    Words below = command;
    below.push_back(sub);
    check_page(pages, below);
  }
}

}  // namespace

TEST_CASE("every command has a page: what it does, its options, its exit statuses, examples that exist") {
  HelpPages pages;
  REQUIRE(pages.commands_in(pages.of({"quorate"})).size() > 5);
  check_page(pages, {"quorate"});
}

TEST_CASE("a command line that cannot be read is answered with what is wrong and where to read on") {
  const auto said = [](const Words& words) {
    const Ran ran = run("quorate", words);
    CHECK(ran.status == 2);
    CHECK(ran.out == "");
    return ran.err;
  };
  CHECK(said({"pt", "k", "v"}) == "quorate: no command 'pt'; did you mean 'put'?\n'quorate --help' says more\n");
  CHECK(said({"cluster", "strt"}) ==
        "quorate: no command 'strt'; did you mean 'start'?\n'quorate cluster --help' says more\n");
  CHECK(said({"xyzzy"}) == "quorate: no command 'xyzzy'\n'quorate --help' says more\n");
  CHECK(said({"--cluster", "c", "get", "k"}).find("options stand behind the command") != std::string::npos);
  CHECK(said({"scan", "--limt", "3"}).find("no option '--limt'; did you mean '--limit'?") != std::string::npos);
  CHECK(said({"scan", "k"}).find("it takes options only") != std::string::npos);
  CHECK(said({"add", "k", "1", "2"}).find("too many arguments; it takes 2") != std::string::npos);
  CHECK(said({"add", "k", "x"}).find("DELTA = x is no number") != std::string::npos);
  CHECK(said({"get"}) == "quorate: KEY is required\n'quorate get --help' says more\n");
  CHECK(said({}).find("\nCommands:\n") != std::string::npos);
  CHECK(run("quorate", {"--version"}).out.find("quorate ") == 0);
}

TEST_CASE("command lines are found in what READMEs write") {
  const std::set<std::string> programs = {"quorate"};
  CHECK(commands_of("quorate put k 'a b'  # writes", programs) == std::vector<Words>{{"quorate", "put", "k", "a b"}});
  CHECK(commands_of("if quorate get k | wc; then quorate cluster stop c; fi", programs) ==
        std::vector<Words>{{"quorate", "get", "k"}, {"quorate", "cluster", "stop", "c"}});
  CHECK(commands_of("quorate put \"$(quorate get a)\" b", programs).size() == 2);
  HelpPages pages;
  CHECK(pages.fault_of({"quorate", "put", "k", "v", "--json"}) == "");
  CHECK(pages.fault_of({"quorate", "put", "k", "v", "--jsn"}) == "no option '--jsn'");
  CHECK(pages.fault_of({"quorate", "cluster", "begin", "c"}) == "no command 'begin'");
  CHECK(terms_without_meaning("  --json\n  --hex      a meaning") == "  --json\n");
}

}  // namespace quorate::cluster_tests
