// Walks a source tree and reads it; blanks out what is not code, so that the gates' patterns meet code only.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "tests/tidy/gates.h"

namespace quorate::tidy {
namespace fs = std::filesystem;

std::vector<Path> files_of(const Path& root) {
  std::vector<Path> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename();
    const bool skipped = name == ".git" || (entry->is_directory() && (name == "build" || name == ".cache"));
    if (skipped && entry->is_directory()) entry.disable_recursion_pending();
    if (entry->is_regular_file() && !skipped) files.push_back(fs::relative(entry->path(), root));
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool is_source(const Path& file) { return file.extension() == ".h" || file.extension() == ".cc"; }

std::string read_file(const Path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

namespace {

void blank(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, text.size()); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

// The position after the literal or comment that begins at `i`; `i` itself if none does.
std::size_t end_of_non_code(const std::string& text, std::size_t i) {
  const auto after = [&](const std::string& end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string::npos ? text.size() : found + end.size();
  };
  if (text.compare(i, 2, "//") == 0) return std::min(text.find('\n', i), text.size());
  if (text.compare(i, 2, "/*") == 0) return after("*/", i + 2);
  if (text.compare(i, 2, "R\"") == 0) {
    const std::size_t open = text.find('(', i);
    if (open == std::string::npos) return text.size();
    return after(")" + text.substr(i + 2, open - i - 2) + "\"", open);
  }
  const bool digit_separator = text[i] == '\'' && i > 0 && std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0;
  if (text[i] != '"' && (text[i] != '\'' || digit_separator)) return i;
  std::size_t end = i + 1;
  while (end < text.size() && text[end] != text[i]) end += text[end] == '\\' ? 2 : 1;
  return end + 1;
}

}  // namespace

std::string code_only(const std::string& text) {
  std::string code = text;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = end_of_non_code(text, i);
    if (end == i) {
      ++i;
    } else {
      blank(code, i, end);
      i = end;
    }
  }
  return code;
}

}  // namespace quorate::tidy
