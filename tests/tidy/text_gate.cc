// What the text of the tree must not say, and what it must: no unfinished work, no paths of somebody's machine, an
// opening comment in each source, a README.md in each folder, a test for each reject reason.
#include <algorithm>
#include <regex>
#include <set>

#include "tests/tidy/gates.h"

namespace quorate::tidy {
namespace {

struct Forbidden {
  std::regex pattern;
  std::string reason;
};

// The words are put together here, so that this file does not contain them.
const std::vector<Forbidden>& forbidden() {
  static const std::vector<Forbidden> all = {
      {std::regex(R"(\b(TO)"
                  "DO|FIX"
                  "ME|XX"
                  "X|HA"
                  "CK"
                  R"()\b)"),
       "unfinished work"},
      {std::regex(R"(\bfor )"
                  "now"
                  R"(\b)",
                  std::regex::icase),
       "unfinished work"},
      {std::regex(R"((^|[\s"'`(=:])/(wo)"
                  R"(rk|ro)"
                  R"(ot|ho)"
                  R"(me)/)"),
       "a path of somebody's machine"},
  };
  return all;
}

bool is_text(const Path& file) {
  static const std::vector<std::string> endings = {".h",   ".cc",   ".md", ".txt",   ".capnp", ".json", ".toml",
                                                   ".yml", ".yaml", ".sh", ".cmake", ".patch", ""};
  return std::find(endings.begin(), endings.end(), file.extension().string()) != endings.end();
}

bool is_product(const Path& file) {
  const std::string folder = *file.begin();
  return folder == "crypto" || folder == "messages" || folder == "replica" || folder == "client";
}

}  // namespace

Violations check_words(const Path& root) {
  Violations violations;
  for (const Path& file : files_of(root)) {
    if (!is_text(file)) continue;
    const std::vector<std::string> lines = lines_of(read_file(root / file));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const Forbidden& word : forbidden()) {
        std::smatch match;
        if (!std::regex_search(lines[i], match, word.pattern)) continue;
        violations.push_back(file.string() + ":" + std::to_string(i + 1) + ": '" + match[0].str() +
                             "': " + word.reason);
      }
    }
  }
  return violations;
}

Violations check_openings(const Path& root) {
  Violations violations;
  for (const Path& file : files_of(root)) {
    if (!is_source(file)) continue;
    const std::string text = read_file(root / file);
    const bool spoken_for = file.extension() == ".cc" && std::filesystem::exists((root / file).replace_extension(".h"));
    if (text.compare(0, 3, "// ") != 0 && !spoken_for) {
      violations.push_back(file.string() + ":1: opens without a comment on its idea");
    }
    if (file.extension() == ".h" && text.find("\n#pragma once\n") == std::string::npos) {
      violations.push_back(file.string() + ": a header without #pragma once");
    }
  }
  return violations;
}

Violations check_readmes(const Path& root) {
  std::set<Path> folders = {"tests", "bench"};
  for (const Path& file : files_of(root)) {
    if (is_source(file) && is_product(file)) folders.insert(file.parent_path());
  }
  Violations violations;
  for (const Path& folder : folders) {
    if (!std::filesystem::exists(root / folder / "README.md")) violations.push_back(folder.string() + ": no README.md");
  }
  return violations;
}

Violations check_rejects(const Path& root) {
  const std::string header = code_only(read_file(root / "messages/reject.h"));
  std::string tests;
  for (const Path& file : files_of(root)) {
    if (*file.begin() == "tests" && file.extension() == ".cc") tests += code_only(read_file(root / file));
  }
  const std::size_t open = header.find("enum class Reject");
  const std::string body = header.substr(open, header.find("};", open) - open);
  static const std::regex enumerator(R"(\n\s*(\w+),)");
  Violations violations;
  for (std::sregex_iterator it(body.begin(), body.end(), enumerator), end; it != end; ++it) {
    const std::string name = (*it)[1];
    if (name == "count_" || std::regex_search(tests, std::regex("\\bReject::" + name + "\\b"))) continue;
    violations.push_back("Reject::" + name + ": no test names it");
  }
  if (body.empty()) violations.push_back("messages/reject.h: no reject reasons found");
  return violations;
}

}  // namespace quorate::tidy
