// One name, one type: two classes of one name in one namespace are a fault that no compiler sees.
//
// The linker keeps one copy of what both are instantiated into, so that one class's destructor runs on the other's
// objects. Types of an unnamed namespace are each file's own. Relies on clang-format: what stands in a namespace begins
// its line, and a namespace's end is named.
#include <map>
#include <regex>

#include "tests/tidy/gates.h"

namespace quorate::tidy {
namespace {

struct Defined {
  std::string name;  // with its namespaces
  std::size_t line = 0;
};

std::vector<Defined> types_of(const std::string& text) {
  static const std::regex opening(R"(^namespace ?([\w:]*) \{$)");
  static const std::regex type(R"(^(?:class|struct|union|enum(?: class)?) (\w+)(?: final)?(?: :[^:].*)?(?: \{.*)?$)");
  std::vector<Defined> types;
  std::vector<std::string> namespaces;
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, opening)) {
      namespaces.push_back(match[1]);
    } else if (lines[i].compare(0, 12, "}  // namesp") == 0 && !namespaces.empty()) {
      namespaces.pop_back();
    } else if (std::regex_search(lines[i], match, type)) {
      std::string name;
      bool own = false;
      for (const std::string& space : namespaces) {
        own = own || space.empty();
        name += space + "::";
      }
      if (!own) types.push_back({name + match[1].str(), i + 1});
    }
  }
  return types;
}

}  // namespace

Violations check_names(const Path& root) {
  std::map<std::string, std::string> first;
  Violations violations;
  for (const Path& file : files_of(root)) {
    if (!is_source(file)) continue;
    for (const Defined& type : types_of(read_file(root / file))) {
      const std::string place = file.string() + ":" + std::to_string(type.line);
      const auto [there, fresh] = first.try_emplace(type.name, place);
      if (!fresh) violations.push_back(place + ": " + type.name + " is defined at " + there->second + " too");
    }
  }
  return violations;
}

}  // namespace quorate::tidy
