// Who may include what: third-party headers, forbidden standard headers and the direction of dependencies, by folder.
//
// A header that no table knows is refused too, so that a new dependency is a decision and not an accident.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "tests/tidy/gates.h"

namespace quorate::tidy {
namespace {

using Names = std::set<std::string>;

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

// One part of the product: what its files may reach.
struct Part {
  std::string prefix;  // of the file's path; the first part that fits counts
  bool pure;           // no clock, thread, randomness, file or stream; iteration order never depends on a hash
  bool posix;          // may call the operating system
  Names folders;       // of ours
  Names third_party;
};

const std::vector<Part>& parts() {
  static const Names world = {"asio", "CLI", "spdlog", "nlohmann", "toml++"};
  static const Names no_helpers;
  static const std::vector<Part> all = {
      {"crypto/", false, true, {"crypto"}, {"sodium"}},
      {"messages/codec", true, false, {"crypto", "messages"}, {"capnp", "kj"}},
      {"messages/transport", false, true, {"crypto", "messages"}, {"asio"}},
      {"messages/cluster_file", false, true, {"crypto", "messages"}, {"toml++"}},
      {"messages/", true, false, {"crypto", "messages"}, no_helpers},
      {"replica/core/", true, false, {"crypto", "messages", "replica/core"}, no_helpers},
      {"replica/service/", true, false, {"crypto", "messages", "replica/core", "replica/service"}, no_helpers},
      {"replica/storage/",
       false,
       true,
       {"crypto", "messages", "replica/core", "replica/service", "replica/storage"},
       {"lmdb"}},
      {"replica/",
       false,
       true,
       {"crypto", "messages", "replica", "replica/core", "replica/service", "replica/storage"},
       world},
      {"client/client_core", true, false, {"crypto", "messages", "client"}, no_helpers},
      {"client/example/", false, false, no_helpers, {"asio", "quorate"}},
      {"client/command/", false, true, {"crypto", "messages", "client", "client/command"}, world},
      {"client/", false, true, {"crypto", "messages", "client"}, world},
  };
  return all;
}

const Names& impure_headers() {
  static const Names names = {"atomic", "barrier",       "chrono",       "condition_variable",
                              "ctime",  "cstdio",        "filesystem",   "fstream",
                              "future", "iostream",      "latch",        "mutex",
                              "random", "semaphore",     "shared_mutex", "stop_token",
                              "thread", "unordered_map", "unordered_set"};
  return names;
}

// Ours that reach randomness or files.
const Names& impure_own_headers() {
  static const Names names = {"crypto/random.h", "crypto/key_file.h"};
  return names;
}

// Each costs seconds for every file that sees it: sources only, never headers.
const Names& heavy_headers() {
  static const Names names = {"CLI", "toml++", "nlohmann", "rapidcheck"};
  return names;
}

const Names& known_third_party() {
  static const Names names = {"asio",   "CLI",   "spdlog", "nlohmann", "toml++",
                              "sodium", "capnp", "kj",     "lmdb",     "quorate"};
  return names;
}

// "CLI/CLI.hpp" and "asio.hpp" give "CLI" and "asio".
std::string library_of(const std::string& header) { return header.substr(0, header.find_first_of("/.")); }

bool is_posix(const std::string& header) {
  static const Names folders = {"sys", "netinet", "arpa", "linux", "net"};
  const bool top_level = header.find('/') == std::string::npos && header.size() > 2 && header.ends_with(".h");
  return top_level || folders.contains(library_of(header));
}

std::string fault_of_own(const Part& part, const std::string& header) {
  const Path path = header;
  if (header == "messages/messages.capnp.h") {
    return part.third_party.contains("capnp") ? "" : "the generated schema is for encode and decode only";
  }
  if (!part.folders.contains(path.parent_path().string())) return "this folder must not depend on that one";
  if (part.pure && !starts_with(part.prefix, "messages/") && impure_own_headers().contains(header)) {
    return "reaches randomness or files, and this code is pure";
  }
  return "";
}

std::string fault_of_system(const Part& part, const Path& file, const std::string& header) {
  const std::string library = library_of(header);
  if (header == "tl/expected.hpp") return "";
  if (known_third_party().contains(library)) {
    if (!part.third_party.contains(library)) return "this third-party library is not for this folder";
    if (file.extension() == ".h" && heavy_headers().contains(library)) return "heavy: include it in a source file only";
    return "";
  }
  if (header.find_first_of("./") == std::string::npos) {
    return part.pure && impure_headers().contains(header) ? "forbidden in pure code" : "";
  }
  if (is_posix(header)) return part.posix ? "" : "the operating system is out of reach for this folder";
  return "an unknown library: name it in tests/tidy/include_gate.cc if it was decided on";
}

}  // namespace

Violations check_includes(const Path& root) {
  static const std::regex include(R"rx(^\s*#\s*include\s*([<"])([^>"]+)[>"])rx");
  Violations violations;
  for (const Path& file : files_of(root)) {
    if (!is_source(file)) continue;
    const auto part = std::find_if(parts().begin(), parts().end(),
                                   [&](const Part& candidate) { return starts_with(file.string(), candidate.prefix); });
    if (part == parts().end()) continue;
    const std::vector<std::string> lines = lines_of(read_file(root / file));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(lines[i], match, include)) continue;
      const std::string fault =
          match[1] == "\"" ? fault_of_own(*part, match[2]) : fault_of_system(*part, file, match[2]);
      if (!fault.empty()) {
        violations.push_back(file.string() + ":" + std::to_string(i + 1) + ": includes " + match[2].str() + ": " +
                             fault);
      }
    }
  }
  return violations;
}

}  // namespace quorate::tidy
