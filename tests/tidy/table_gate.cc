// Tables that promise tests: each schedule its scenario, each sentence of the paper its tests, and the planted bugs
// that turn them red.
//
// Whether a planted bug does turn a case red is shown by tests/simulation/planted/red --check, which builds each of
// them.
#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

#include "tests/tidy/gates.h"

namespace quorate::tidy {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t to = text.find(at); to != std::string::npos; to = text.find(at, from)) {
    parts.push_back(trimmed(text.substr(from, to - from)));
    from = to + 1;
  }
  parts.push_back(trimmed(text.substr(from)));
  return parts;
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  for (const std::string& word : split(text, ' ')) {
    if (!word.empty()) all.push_back(word);
  }
  return all;
}

std::set<std::string> mutants_of(const Path& root) {
  std::set<std::string> numbers;
  for (const Path& file : files_of(root)) {
    const std::string name = file.filename();
    if (file.extension() == ".patch") numbers.insert(name.substr(0, name.find('-')));
  }
  return numbers;
}

std::set<std::string> cases_below(const Path& root, const std::string& folder) {
  std::set<std::string> names;
  for (const Path& file : files_of(root)) {
    if (file.extension() != ".cc" || file.string().rfind(folder, 0) != 0) continue;
    const std::vector<std::string> found = test_cases_of(read_file(root / file));
    names.insert(found.begin(), found.end());
  }
  return names;
}

/// What stands before the first ':' or ' '.
std::string script_of(const std::string& test_case) { return test_case.substr(0, test_case.find_first_of(": ")); }

struct Sentence {
  std::string id;
  std::string says;
  std::vector<std::string> tests;
  std::vector<std::string> mutants;
  std::string departure;
};

/// Blocks of one line "4.2-01 what it says", then indented lines "test: …", "mutants: …", "departure: …".
std::vector<Sentence> sentences_of(const Path& root) {
  static const std::regex heading(R"(^(\d(?:\.\d)+-\d\d) (.+)$)");
  std::vector<Sentence> all;
  std::size_t number = 0;
  for (const std::string& line : lines_of(read_file(root / "tests/paper/sentences.txt"))) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    std::smatch match;
    const std::size_t colon = line.find(": ");
    if (std::regex_match(line, match, heading)) {
      all.push_back({match[1], match[2], {}, {}, {}});
    } else if (!all.empty() && line.rfind("  ", 0) == 0 && colon != std::string::npos) {
      const std::string key = trimmed(line.substr(0, colon));
      const std::string value = line.substr(colon + 2);
      if (key == "test") {
        all.back().tests.push_back(value);
      } else if (key == "mutants") {
        all.back().mutants = words(value);
      } else if (key == "departure") {
        all.back().departure = value;
      } else {
        throw std::runtime_error("sentences.txt:" + std::to_string(number) + ": unknown key '" + key + "'");
      }
    } else {
      throw std::runtime_error("sentences.txt:" + std::to_string(number) + ": neither a sentence nor a line of one");
    }
  }
  return all;
}

void check_mutants(const std::vector<std::string>& named, const std::set<std::string>& known, const std::string& whose,
                   Violations& violations) {
  if (named.empty()) violations.push_back(whose + ": no mutant");
  for (const std::string& number : named) {
    if (!known.contains(number)) violations.push_back(whose + ": no planted bug has the number " + number);
  }
}

}  // namespace

std::vector<std::string> test_cases_of(const std::string& source) {
  static const std::regex literals(R"rx(TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+))rx");
  static const std::regex literal(R"rx("((?:[^"\\]|\\.)*)")rx");
  std::vector<std::string> names;
  for (std::sregex_iterator found(source.begin(), source.end(), literals), end; found != end; ++found) {
    const std::string all = (*found)[1];
    std::string name;
    for (std::sregex_iterator part(all.begin(), all.end(), literal), last; part != last; ++part) name += (*part)[1];
    names.push_back(name);
  }
  return names;
}

Violations check_scripts(const Path& root) {
  Violations violations;
  const std::set<std::string> mutants = mutants_of(root);
  std::set<std::string> scripts;
  bool in_table = false;
  for (const std::string& line : lines_of(read_file(root / "tests/scenarios/README.md"))) {
    const std::vector<std::string> cells = split(line, '|');
    if (cells.size() == 6 && cells[1] == "script") in_table = true;
    if (line.empty()) in_table = false;
    if (!in_table || cells.size() != 6 || cells[1] == "script" || cells[1].find("---") == 0) continue;
    scripts.insert(cells[1]);
    check_mutants(words(cells[4]), mutants, "script " + cells[1], violations);
  }
  std::set<std::string> played;
  for (const std::string& name : cases_below(root, "tests/scenarios/")) {
    if (name.rfind("golden", 0) != 0) played.insert(script_of(name));
  }
  if (scripts.empty()) violations.push_back("tests/scenarios/README.md: no table of scripts");
  for (const std::string& script : scripts) {
    if (!played.contains(script)) violations.push_back("script " + script + ": no scenario of this name");
  }
  for (const std::string& script : played) {
    if (!scripts.contains(script))
      violations.push_back("scenario " + script + ": tests/scenarios/README.md has no row");
  }
  return violations;
}

std::string paper_table(const Path& root) {
  std::string table =
      std::string(table_mark) + " what a replica does or refuses | tests | mutants |\n|---|---|---|---|\n";
  for (const Sentence& sentence : sentences_of(root)) {
    table += "| " + sentence.id + " | " + sentence.says;
    if (!sentence.departure.empty()) table += " *Departure:* " + sentence.departure;
    table += " | ";
    for (std::size_t i = 0; i < sentence.tests.size(); ++i) table += (i == 0 ? "" : "; ") + sentence.tests[i];
    table += " |";
    for (const std::string& number : sentence.mutants) table += " " + number;
    table += " |\n";
  }
  return table;
}

Violations check_paper(const Path& root) {
  Violations violations;
  const std::set<std::string> mutants = mutants_of(root);
  std::set<std::string> cases;
  for (const char* folder : {"tests/paper/", "tests/unit/", "tests/scenarios/"}) cases.merge(cases_below(root, folder));
  std::string last;
  for (const Sentence& sentence : sentences_of(root)) {
    if (sentence.id <= last) violations.push_back("sentence " + sentence.id + ": not in order");
    last = sentence.id;
    if (sentence.tests.empty()) violations.push_back("sentence " + sentence.id + ": no test");
    for (const std::string& name : sentence.tests) {
      if (!cases.contains(name)) violations.push_back("sentence " + sentence.id + ": no test case '" + name + "'");
    }
    check_mutants(sentence.mutants, mutants, "sentence " + sentence.id, violations);
  }
  if (last.empty()) violations.push_back("tests/paper/sentences.txt: no sentences");
  const std::string readme = read_file(root / "tests/paper/README.md");
  const std::size_t table = readme.find(table_mark);
  if (table == std::string::npos || readme.substr(table) != paper_table(root)) {
    violations.push_back(
        "tests/paper/README.md does not end with the table that follows from sentences.txt: run tidy_tests with "
        "QUORATE_REWRITE=1");
  }
  return violations;
}

}  // namespace quorate::tidy
