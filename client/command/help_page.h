// What --help prints: a page of 80 columns out of what CLI11 knows of the options and of a command's footer.
//
// The footer says what the command does, then "Examples:" with indented lines, and "Exit status:" with either
// "N meaning; N meaning" behind it or a line "  N  meaning" for each. The page puts what it does before the options.
#pragma once

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): not our name
class App;
}

namespace quorate::command {

std::string help_page(const CLI::App& command);

}  // namespace quorate::command
