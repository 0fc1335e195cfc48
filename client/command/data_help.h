// What `quorate COMMAND --help` says below the options of a data command: what it does, examples, exit statuses.
#pragma once

#include <string>

namespace quorate::command {

/// Empty for a command that has none.
std::string help_of(const std::string& command);

}  // namespace quorate::command
