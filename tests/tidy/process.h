// Runs a shell command and hands back what it said: the gates ask nm, the compiler and cmake.
#pragma once

#include <string>

namespace quorate::tidy {

struct Ran {
  int status;  // as of wait(): 0 for success
  std::string output;
};

/// Throws std::runtime_error if the shell cannot be started.
Ran run(const std::string& command);

}  // namespace quorate::tidy
