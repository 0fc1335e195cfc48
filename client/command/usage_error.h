// What is said of a command line that cannot be read: what is wrong with it, and which help page to read.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): not our name
class App;
class ParseError;
}  // namespace CLI

namespace quorate::command {

/// `words`: the command line after the program's name. Without any command it is the help page itself.
std::string usage_error(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error);

}  // namespace quorate::command
