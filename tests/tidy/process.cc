// popen, read to the end, pclose.
#include "tests/tidy/process.h"

#include <array>
#include <cstdio>
#include <stdexcept>

namespace quorate::tidy {

Ran run(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start: " + command);
  Ran ran{0, ""};
  std::array<char, 4096> block{};
  for (std::size_t size = 0; (size = std::fread(block.data(), 1, block.size(), pipe)) > 0;) {
    ran.output.append(block.data(), size);
  }
  ran.status = pclose(pipe);
  return ran;
}

}  // namespace quorate::tidy
