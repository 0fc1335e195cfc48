#include "client/command/usage_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>

#include "client/command/help_page.h"

namespace quorate::command {
namespace {

using Words = std::vector<std::string>;

/// Letters to insert, remove or exchange (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// ", did you mean 'X'?" with the nearest of them; empty if none is near.
std::string guess(const std::string& word, const Words& known) {
  const auto nearest = std::min_element(
      known.begin(), known.end(), [&](const auto& a, const auto& b) { return distance(word, a) < distance(word, b); });
  const bool near = nearest != known.end() && distance(word, *nearest) <= std::max<std::size_t>(1, word.size() / 3);
  return near ? "; did you mean '" + *nearest + "'?" : "";
}

std::string fault_of_command(const CLI::App& app, const std::string& word) {
  if (word[0] == '-') return "options stand behind the command: '" + word + "' comes too early";
  Words known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(sub->get_name());
  return "no command '" + word + "'" + guess(word, known);
}

const CLI::App* command_of(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](const CLI::App* sub) { return !name.empty() && sub->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

/// The first word that looks like an option and is none, or nothing.
std::string fault_of_option(const CLI::App& app, const Words& words) {
  Words known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (word == "--") break;
    if (word.starts_with("--") && app.get_option_no_throw(name) == nullptr) {
      return "no option '" + name + "'" + guess(name, known);
    }
  }
  return "";
}

std::string fault_of(const CLI::App& app, const Words& words, const CLI::ParseError& error) {
  const std::string said = error.what();
  const std::string unconverted = "Could not convert: ";  // "NAME = VALUE", where only numbers are converted
  if (said.starts_with(unconverted)) return said.substr(unconverted.size()) + " is no number";
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) return said;
  const std::string option = fault_of_option(app, words);
  if (!option.empty()) return option;
  const auto arguments = app.get_options([](const CLI::Option* one) { return one->get_positional(); });
  if (arguments.empty()) return "it takes options only";
  return "too many arguments; it takes " + std::to_string(arguments.size());
}

}  // namespace

std::string usage_error(const CLI::App& app, const Words& words, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string path = app.get_name();
  auto word = words.begin();
  while (word != words.end()) {
    const CLI::App* sub = command_of(*command, *word);
    if (sub == nullptr) break;
    command = sub;
    path += ' ' + *word++;
  }
  const bool has_commands =
      !command->get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty(); }).empty();
  if (has_commands && word == words.end()) return help_page(*command);
  const std::string fault =
      has_commands ? fault_of_command(*command, *word) : fault_of(*command, Words(word, words.end()), error);
  return "quorate: " + fault + "\n'" + path + " --help' says more\n";
}

}  // namespace quorate::command
