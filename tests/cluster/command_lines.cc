#include "tests/cluster/command_lines.h"

#include <fstream>
#include <regex>
#include <sstream>

#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

const std::filesystem::path source = SOURCE_DIRECTORY;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Lines of a section of a help page that name something: two blanks, then a word.
std::vector<std::string> entries_of(const std::string& page, const std::string& section) {
  std::vector<std::string> entries;
  bool inside = false;
  for (const std::string& line : lines_of(page)) {
    if (line == section + ":") {
      inside = true;
    } else if (line.empty()) {
      inside = false;
    } else if (inside && line.size() > 2 && line[1] == ' ' && line[2] != ' ') {
      entries.push_back(line.substr(2));
    }
  }
  return entries;
}

}  // namespace

std::vector<std::filesystem::path> readmes() {
  std::vector<std::filesystem::path> found = {source / "README.md"};
  for (const char* folder : {"crypto", "messages", "replica", "client", "tests", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / folder)) {
      if (entry.path().filename() == "README.md") found.push_back(entry.path());
    }
  }
  return found;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<Block> blocks_of(const std::string& markdown) {
  std::vector<Block> blocks;
  bool inside = false;
  for (const std::string& line : lines_of(markdown)) {
    if (line.compare(0, 3, "```") == 0) {
      if (!inside) blocks.push_back({line.substr(3), {}});
      inside = !inside;
    } else if (inside) {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

std::vector<std::string> spans_of(const std::string& markdown) {
  static const std::regex fenced("```[^]*?\n```"), span("`([^`]+)`");
  const std::string text = std::regex_replace(markdown, fenced, "");
  std::vector<std::string> spans;
  for (std::sregex_iterator it(text.begin(), text.end(), span), end; it != end; ++it) spans.push_back((*it)[1]);
  return spans;
}

std::vector<Words> commands_of(const std::string& line, const std::set<std::string>& programs) {
  std::vector<Words> commands;
  Words words;
  std::string word;
  char quote = 0;
  const std::string separators = ";|&()";
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  const auto end_command = [&] {
    end_word();
    while (!words.empty() && !programs.contains(words.front())) words.erase(words.begin());
    if (!words.empty()) commands.push_back(words);
    words.clear();
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool quoted = quote != 0 && c != quote;
    const bool opens = c == '$' && i + 1 < line.size() && line[i + 1] == '(';
    if (opens && quote != '\'') {
      const std::size_t close = line.find(')', i);
      for (const Words& inner : commands_of(line.substr(i + 2, close - i - 2), programs)) commands.push_back(inner);
      word += "$(…)";
      i = std::min(close, line.size() - 1);
    } else if (!quoted && (c == '"' || c == '\'')) {
      quote = quote != 0 ? '\0' : c;
    } else if (!quoted && c == '#' && word.empty()) {
      break;
    } else if (!quoted && c == ' ') {
      end_word();
    } else if (!quoted && separators.find(c) != std::string::npos) {
      end_command();
    } else {
      word += c;
    }
  }
  end_command();
  return commands;
}

const std::string& HelpPages::of(const Words& command) {
  const auto found = pages_.find(command);
  if (found != pages_.end()) return found->second;
  Words arguments(command.begin() + 1, command.end());
  arguments.emplace_back("--help");
  const Ran ran = run(command[0], arguments);
  return pages_.emplace(command, ran.status == 0 ? ran.out : "").first->second;
}

std::set<std::string> HelpPages::commands_in(const std::string& page) const {
  std::set<std::string> commands;
  for (const std::string& entry : entries_of(page, "Commands")) commands.insert(entry.substr(0, entry.find(' ')));
  return commands;
}

std::set<std::string> HelpPages::options_in(const std::string& page) const {
  static const std::regex name("(^|, ?)(--?[a-z0-9-]+)");
  std::set<std::string> options;
  for (const std::string& entry : entries_of(page, "Options")) {
    const std::string terms = entry.substr(0, entry.find("  "));
    for (std::sregex_iterator it(terms.begin(), terms.end(), name), end; it != end; ++it) options.insert((*it)[2]);
  }
  return options;
}

std::string HelpPages::fault_of(const Words& words) {
  Words command = {words[0]};
  std::size_t next = 1;
  while (next < words.size() && commands_in(of(command)).contains(words[next])) command.push_back(words[next++]);
  const std::string& page = of(command);
  const auto is_placeholder = [](const std::string& word) { return word == "COMMAND" || word == "…"; };
  if (!commands_in(page).empty() && next < words.size() && words[next][0] != '-' && !is_placeholder(words[next])) {
    return "no command '" + words[next] + "'";
  }
  for (; next < words.size() && words[next] != "--"; ++next) {
    const std::string& word = words[next];
    const bool option = word.size() > 1 && word[0] == '-' &&
                        std::isalpha(static_cast<unsigned char>(word.back())) != 0 &&
                        word.find_first_of(" {") == std::string::npos;
    if (option && !options_in(page).contains(word.substr(0, word.find('=')))) return "no option '" + word + "'";
  }
  return "";
}

}  // namespace quorate::cluster_tests
