// quorate: the command line, read into options; commands.h has what each command does.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "client/command/help_page.h"
#include "client/command/line.h"
#include "client/command/usage_error.h"

namespace quorate::command {
namespace {

constexpr const char* footer =
    "N replicas agree on one order of operations, and up to (N-1)/3 of them may crash or lie. An answer counts once\n"
    "f+1 of them have signed it, so a loyal one stands behind it. 'quorate COMMAND --help' says more.\n"
    "\n"
    "Exit status: 0 done; 1 a condition was not met, or a key is absent; 2 the command line or a file is wrong;\n"
    "3 too few replicas answer, and nothing was changed; 4 sent and not answered in time: its outcome is not known "
    "yet\n"
    "\n"
    "Examples:\n"
    "  quorate cluster create c && quorate cluster start c\n"
    "  quorate put --cluster c greeting hello\n"
    "  quorate get --cluster c greeting\n";

// CLI11 splits a word in brackets into several where a list may stand, and takes "++" for the end of a subcommand. A
// NUL behind such a word, which no argument can hold, makes it a word like others until the options take it away again.

/// The arguments, the last one first, as CLI11 takes them.
std::vector<std::string> kept_whole(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = argc - 1; i > 0; --i) {
    words.emplace_back(argv[i]);
    if (words.back().starts_with('[') || words.back() == "++") words.back() += '\0';
  }
  return words;
}

void take_marks_away(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    option->transform([](std::string word) {
      if (word.ends_with('\0')) word.pop_back();
      return word;
    });
  }
  for (CLI::App* sub : app.get_subcommands({})) take_marks_away(*sub);
}

Status run(int argc, char** argv) {
  CLI::App app("a key-value store that stays right while replicas lie", "quorate");
  app.formatter_fn([](const CLI::App* command, const std::string&, CLI::AppFormatMode) { return help_page(*command); });
  app.footer(footer);
  app.set_help_flag("-h,--help", "print this page");
  app.set_version_flag("--version", "quorate " QUORATE_VERSION, "print the version");
  app.require_subcommand(1);
  app.fallthrough(false);
  Line line;
  add_cluster_commands(app, line);
  add_data_commands(app, line);
  take_marks_away(app);
  try {
    app.parse(kept_whole(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error), Status::done;  // help, or the version
    std::cerr << usage_error(app, std::vector<std::string>(argv + 1, argv + argc), error);
    return Status::usage;
  }
  const Status status = line.run();
  if (std::cout.flush()) return status;
  fail(status, "standard output cannot be written, so what was printed is not whole");
  return status == Status::done ? Status::usage : status;
}

}  // namespace
}  // namespace quorate::command

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return static_cast<int>(quorate::command::run(argc, argv));
}
