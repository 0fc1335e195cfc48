// How long files and functions may be. Functions are found by their layout, which clang-format fixes: a line that ends
// in a brace, whose statement has a parameter list, up to the line that closes it in the statement's own column.
#include <regex>
#include <set>

#include "tests/tidy/gates.h"

namespace quorate::tidy {
namespace {

std::size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool ends_statement(const std::string& line) {
  const std::size_t last = line.find_last_not_of(' ');
  return last == std::string::npos || std::string(";{}:#").find(line[last]) != std::string::npos;
}

// The first line of the statement that opens a block on line `open`.
std::size_t head_of(const std::vector<std::string>& code, std::size_t open) {
  std::size_t head = open;
  while (head > 0 && !ends_statement(code[head - 1]) && code[head - 1][0] != '#') --head;
  return head;
}

// The statement, from its first line to its opening brace, has a parameter list and names no type or namespace.
bool is_function(const std::vector<std::string>& code, std::size_t head, std::size_t open) {
  static const std::regex scope(R"(^\s*(template\b.*>\s*)?(namespace|class|struct|enum|union|extern)\b)");
  std::string statement;
  for (std::size_t i = head; i <= open; ++i) statement += code[i] + " ";
  return statement.find('(') != std::string::npos && !std::regex_search(statement, scope);
}

std::string name_of(const std::vector<std::string>& code, std::size_t head) {
  static const std::regex name(R"(([~\w:]+)\s*\()");
  std::smatch match;
  return std::regex_search(code[head], match, name) ? match[1].str() : "line " + std::to_string(head + 1);
}

struct Function {
  std::string name;
  std::size_t first_line;
  std::size_t lines;
};

std::vector<Function> functions_of(const std::string& text) {
  const std::vector<std::string> code = lines_of(code_only(text));
  std::vector<Function> found;
  for (std::size_t open = 0; open < code.size(); ++open) {
    const std::size_t last = code[open].find_last_not_of(' ');
    if (last == std::string::npos || code[open][last] != '{') continue;
    const std::size_t head = head_of(code, open);
    if (!is_function(code, head, open)) continue;
    const std::size_t column = indent_of(code[head]);
    std::size_t close = open + 1;
    while (close < code.size() && !(indent_of(code[close]) == column && code[close].substr(column, 1) == "}")) ++close;
    found.push_back({name_of(code, head), head + 1, close - head + 1});
    open = close;
  }
  return found;
}

// Lines "PATH: reason" or "PATH:FUNCTION: reason".
std::set<std::string> exceptions_of(const Path& root) {
  static const std::regex entry(R"(^([^\s#][^ ]*): +\S.*$)");
  std::set<std::string> listed;
  const Path file = root / "tests/tidy/exceptions.txt";
  if (!std::filesystem::exists(file)) return listed;
  for (const std::string& line : lines_of(read_file(file))) {
    std::smatch match;
    if (std::regex_match(line, match, entry)) listed.insert(match[1]);
  }
  return listed;
}

}  // namespace

Violations check_sizes(const Path& root) {
  Violations violations;
  const std::set<std::string> listed = exceptions_of(root);
  std::set<std::string> used;
  const auto report = [&](const std::string& key, const std::string& what) {
    if (listed.contains(key)) {
      used.insert(key);
    } else {
      violations.push_back(key + ": " + what);
    }
  };
  for (const Path& file : files_of(root)) {
    if (!is_source(file)) continue;
    const std::string text = read_file(root / file);
    const std::size_t lines = lines_of(text).size();
    if (lines > file_lines_max) report(file.string(), std::to_string(lines) + " lines");
    for (const Function& function : functions_of(text)) {
      if (function.lines > function_lines_max) {
        report(file.string() + ":" + function.name, std::to_string(function.lines) + " lines in one function");
      }
    }
  }
  for (const std::string& key : listed) {
    if (!used.contains(key)) violations.push_back(key + ": listed in exceptions.txt without need");
  }
  return violations;
}

}  // namespace quorate::tidy
