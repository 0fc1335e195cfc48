// The README's terminal session is what a terminal shows, line by line; commands in any README exist.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/cluster/command_lines.h"
#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

const std::filesystem::path source = SOURCE_DIRECTORY;
const std::string anything = "…";  // in a line: any text; alone: any lines

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool line_matches(const std::string& pattern, const std::string& line) {
  const std::size_t gap = pattern.find(anything);
  if (gap == std::string::npos) return pattern == line;
  if (line.compare(0, gap, pattern, 0, gap) != 0) return false;
  const std::string rest = pattern.substr(gap + anything.size());
  for (std::size_t i = gap; i <= line.size(); ++i) {
    if (line_matches(rest, line.substr(i))) return true;
  }
  return false;
}

bool lines_match(const Lines& patterns, const Lines& lines, std::size_t p = 0, std::size_t l = 0) {
  if (p == patterns.size()) return l == lines.size();
  if (patterns[p] == anything) {
    for (std::size_t i = l; i <= lines.size(); ++i) {
      if (lines_match(patterns, lines, p + 1, i)) return true;
    }
    return false;
  }
  return l < lines.size() && line_matches(patterns[p], lines[l]) && lines_match(patterns, lines, p + 1, l + 1);
}

struct Step {
  std::string command;
  Lines shown;
};

/// Columns are as wide as what stands in them, so runs of blanks count as one.
Lines with_single_blanks(Lines lines) {
  for (std::string& line : lines) {
    const auto both_blank = [](char a, char b) { return a == ' ' && b == ' '; };
    line.erase(std::unique(line.begin(), line.end(), both_blank), line.end());
  }
  return lines;
}

/// "$ command", "> what continues it", and what it prints.
std::vector<Step> steps_of(const Block& block) {
  std::vector<Step> steps;
  for (const std::string& line : block.lines) {
    if (line.compare(0, 2, "$ ") == 0) {
      steps.push_back({line.substr(2), {}});
    } else if (line.compare(0, 2, "> ") == 0 && !steps.empty() && steps.back().shown.empty()) {
      steps.back().command += '\n' + line.substr(2);
    } else {
      REQUIRE_FALSE(steps.empty());
      steps.back().shown.push_back(line);
    }
  }
  return steps;
}

/// Runs them in one shell in a fresh directory, as one would type them; what each printed, errors too.
std::vector<Lines> run_in_shell(const std::vector<Step>& steps) {
  const TemporaryDirectory directory;
  const std::string mark = "\001";
  std::string script = "exec 2>&1\nunset QUORATE_CLUSTER\nPATH='" +
                       std::filesystem::read_symlink("/proc/self/exe").parent_path().string() + "':$PATH\ncd " +
                       directory.path().string() + "\n" +
                       "trap 'for c in */cluster.toml; do quorate cluster destroy ${c%/*}; done >/dev/null' EXIT\n";
  for (const Step& step : steps) script += "printf '\\001'\n" + step.command + '\n';
  const auto file = directory.path() / "session.sh";
  std::ofstream(file) << script << "printf '\\001'\n";
  const std::string printed = run("/bin/bash", {file.string()}).out;
  std::vector<Lines> shown;
  for (std::size_t at = printed.find(mark); at != std::string::npos;) {
    const std::size_t next = printed.find(mark, at + 1);
    if (next != std::string::npos) shown.push_back(lines_of(printed.substr(at + 1, next - at - 1)));
    at = next;
  }
  return shown;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

std::set<std::string> make_targets() {
  std::set<std::string> targets;
  for (const std::string& line : lines_of(text_of(source / "Makefile"))) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == colon) {
      targets.insert(line.substr(0, colon));
    }
  }
  return targets;
}

}  // namespace

TEST_CASE("the terminal sessions of the READMEs are what a terminal shows") {
  for (const auto& readme : readmes()) {
    for (const Block& block : blocks_of(text_of(readme))) {
      if (block.language != "console") continue;
      const std::vector<Step> steps = steps_of(block);
      const std::vector<Lines> shown = run_in_shell(steps);
      REQUIRE(shown.size() == steps.size());
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool same = lines_match(with_single_blanks(steps[i].shown), with_single_blanks(shown[i]));
        CHECK_MESSAGE(same, readme.string(), "\n$ ", steps[i].command, "\n", joined(shown[i]), "instead of\n",
                      joined(steps[i].shown));
      }
    }
  }
}

TEST_CASE("every quorate and make command that a README shows exists") {
  HelpPages pages;
  const std::set<std::string> targets = make_targets();
  std::size_t found = 0;
  for (const auto& readme : readmes()) {
    const std::string text = text_of(readme);
    Lines lines = spans_of(text);
    for (const Block& block : blocks_of(text)) {
      if (block.language == "cpp" || block.language == "cmake" || block.language == "json") continue;
      lines.insert(lines.end(), block.lines.begin(), block.lines.end());
    }
    for (const std::string& line : lines) {
      for (const Words& words : commands_of(line, {"quorate", "quorate-replica", "make"})) {
        ++found;
        if (words[0] != "make") {
          const std::string fault = pages.fault_of(words);
          CHECK_MESSAGE(fault == "", readme.string(), ": ", line, ": ", fault);
        } else if (words.size() > 1 && words[1].find('=') == std::string::npos) {
          CHECK_MESSAGE(targets.contains(words[1]), readme.string(), ": ", line, ": no such target");
        }
      }
    }
  }
  CHECK(found > 50);
}

TEST_CASE("a session that shows something else is found") {
  const std::vector<Step> steps = steps_of({"console", {"$ echo one; \\", "> echo two", "one", "two", "$ pwd", "/…"}});
  REQUIRE(steps.size() == 2);
  const std::vector<Lines> shown = run_in_shell(steps);
  REQUIRE(shown.size() == 2);
  CHECK(lines_match(steps[0].shown, shown[0]));
  CHECK(lines_match(steps[1].shown, shown[1]));
  CHECK_FALSE(lines_match({"one"}, shown[0]));
  CHECK_FALSE(lines_match({"one", "twice"}, shown[0]));
  CHECK(lines_match({"one", "…"}, shown[0]));
  CHECK_FALSE(lines_match({"…", "one"}, shown[0]));
  CHECK(line_matches("0 … primary … ok", "0 12 primary 0 77 ok"));
  CHECK_FALSE(line_matches("0 … primary … ok", "0 12 backup 0 77 ok"));
}

}  // namespace quorate::cluster_tests
