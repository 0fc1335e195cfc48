// quorate: the command line, read into options; commands.h has what each command does.
#include <CLI/CLI.hpp>
#include <csignal>

#include "client/command/line.h"

namespace quorate::command {
namespace {

constexpr const char* footer =
    "Exit status: 0 done; 1 a condition was not met or a key is absent; 2 wrong command line or files;\n"
    "3 too few replicas answer, nothing was changed; 4 sent and not answered in time, it may have run, or a replica\n"
    "did not stop in time.";

Status run(int argc, char** argv) {
  CLI::App app("Quorate: a key-value store that stays right while replicas lie.", "quorate");
  app.footer(footer);
  app.require_subcommand(1);
  app.fallthrough(false);
  Line line;
  add_cluster_commands(app, line);
  add_data_commands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Status::done : Status::usage;
  }
  return line.run();
}

}  // namespace
}  // namespace quorate::command

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return static_cast<int>(quorate::command::run(argc, argv));
}
