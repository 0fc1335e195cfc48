// What the linker says: a pure library must not even call a clock, a socket, a file, a thread or a source of
// randomness.
//
// nm sees what an include scan cannot: a header of ours that reaches such a thing by a detour.
#include <regex>
#include <stdexcept>

#include "tests/tidy/gates.h"
#include "tests/tidy/process.h"

namespace quorate::tidy {
namespace {

const std::regex& forbidden_symbol() {
  static const std::regex pattern(
      R"(^(clock_gettime|clock|clock_nanosleep|nanosleep|usleep|sleep|time|gettimeofday|localtime(_r)?|gmtime(_r)?)"
      R"(|socket|connect|accept4?|bind|listen|send(to|msg)?|recv(from|msg)?|poll|epoll_\w+|select)"
      R"(|open(at|64|at64)?|read|pread(64)?|write|pwrite(64)?|fopen(64)?|fread|fwrite|fsync|fdatasync|mmap(64)?|unlink)"
      R"(|s?rand(_r|om)?|[dl]rand48|arc4random\w*|getrandom|getentropy|randombytes\w*|sodium_\w+|getenv|secure_getenv)"
      R"(|pthread_(create|mutex|cond|rwlock|once|key)\w*|fork|vfork|exec\w+|system)"
      R"(|std::chrono::\S*::now\(\)|std::(this_)?thread\b.*|std::random_device\b.*|std::condition_variable\b.*)"
      R"(|std::(basic_)?[io]?f(stream|ilebuf)\b.*|std::c(out|in|err|log)|quorate::fill_random\b.*|mdb_\w+|asio::.*|kj::.*|capnp::.*)$)");
  return pattern;
}

}  // namespace

std::vector<std::string> symbols(const Path& binary, const std::string& options) {
  const Ran ran = run("nm --demangle " + options + " '" + binary.string() + "' 2>&1");
  if (ran.status != 0) throw std::runtime_error("nm " + binary.string() + ": " + ran.output);
  return lines_of(ran.output);
}

Violations check_pure(const Path& library) {
  static const std::regex undefined(R"(^\s+U (.*?)(@+[\w.]+)?$)");
  Violations violations;
  for (const std::string& line : symbols(library, "--undefined-only")) {
    std::smatch match;
    if (!std::regex_match(line, match, undefined)) continue;
    if (std::regex_match(match[1].str(), forbidden_symbol())) {
      violations.push_back(library.filename().string() + ": calls " + match[1].str());
    }
  }
  return violations;
}

bool has_symbol(const Path& binary, const std::string& name) {
  for (const std::string& line : symbols(binary, "")) {
    if (line.find(name) != std::string::npos) return true;
  }
  return false;
}

}  // namespace quorate::tidy
