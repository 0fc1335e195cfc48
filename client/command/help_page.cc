#include "client/command/help_page.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>
#include <vector>

namespace quorate::command {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t column = 24;  // where descriptions begin

using Options = std::vector<const CLI::Option*>;
using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool begins_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

std::string joined(const std::string& before, const std::string& separator, const std::string& after) {
  return before.empty() || after.empty() ? before + after : before + separator + after;
}

/// Appends words to a line that begins with `indent` blanks and breaks it at the width.
void wrap(std::string& out, const std::string& text, std::size_t indent) {
  std::istringstream words(text);
  std::size_t at = out.size() - (out.rfind('\n') + 1);  // npos + 1 is 0
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && at + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      at = indent;
    } else if (!first) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
  }
  out += '\n';
}

/// Lines that begin with a blank stay as they are, the others are one paragraph up to the next such or empty line.
void paragraphs(std::string& out, const Lines& lines) {
  std::string paragraph;
  const auto flush = [&] {
    if (!paragraph.empty()) wrap(out, paragraph, 0);
    paragraph.clear();
  };
  for (const std::string& line : lines) {
    if (!line.empty() && line[0] != ' ') {
      paragraph += line + ' ';
      continue;
    }
    flush();
    out += line + '\n';
  }
  flush();
}

/// A term and what it means, in two columns.
void entry(std::string& out, const std::string& term, const std::string& meaning) {
  out += "  " + term;
  out += term.size() + 4 > column ? '\n' + std::string(column, ' ') : std::string(column - term.size() - 2, ' ');
  wrap(out, meaning, column);
}

struct Footer {
  Lines text;
  Lines examples;
  Lines statuses;  // each "N meaning"
};

void add_status(Lines& statuses, const std::string& line) {
  static const std::regex one(R"(^ *(\d[\d, ]*) +(\S.*)$)");
  if (std::regex_match(line, one) || statuses.empty()) {
    statuses.push_back(line);
  } else {
    statuses.back() += ' ' + line;
  }
}

Footer parse(const std::string& text) {
  const std::string exit_status = "Exit status:";
  Footer footer;
  Lines* into = &footer.text;
  std::string inline_statuses;
  for (const std::string& line : lines_of(text)) {
    if (begins_with(line, "Examples:")) {
      into = &footer.examples;
    } else if (begins_with(line, exit_status)) {
      into = &footer.statuses;
      inline_statuses = line.substr(exit_status.size());
    } else if (into == &footer.statuses && !inline_statuses.empty()) {
      inline_statuses += ' ' + line;
    } else if (into == &footer.statuses) {
      add_status(footer.statuses, line);
    } else {
      into->push_back(line);
    }
  }
  static const std::regex between(R"(; (?=\d))");
  for (std::sregex_token_iterator it(inline_statuses.begin(), inline_statuses.end(), between, -1), end; it != end;
       ++it) {
    if (!it->str().empty()) footer.statuses.push_back(*it);
  }
  while (!footer.text.empty() && footer.text.back().empty()) footer.text.pop_back();
  return footer;
}

void add_statuses(std::string& out, const Lines& statuses) {
  static const std::regex parts(R"(^ *(\d(?:[\d, ]*\d)?) +(.*?)\.?$)");
  if (!statuses.empty()) out += "\nExit status:\n";
  for (const std::string& status : statuses) {
    std::smatch match;
    if (!std::regex_match(status, match, parts)) continue;
    std::string line = "  " + match[1].str() + "  ";
    wrap(out += line, match[2], line.size());
  }
}

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
}

/// Options of the command and of its groups, which CLI11 keeps as commands without a name.
void collect(const CLI::App& command, bool positional, Options& options) {
  for (const CLI::Option* option : command.get_options()) {
    const bool help_of_group = command.get_name().empty() && option == command.get_help_ptr();
    if (option->get_positional() == positional && !option->get_group().empty() && !help_of_group) {
      options.push_back(option);
    }
  }
  for (const CLI::App* group : command.get_subcommands([](const CLI::App* sub) { return sub->get_name().empty(); })) {
    collect(*group, positional, options);
  }
}

/// What stands for an option's value: the name of its type, N for numbers, the option's own name for texts.
std::string value_name(const CLI::Option& option) {
  if (option.get_type_size() == 0) return "";
  const std::string full = option.get_type_name();
  const std::string type = full.substr(0, full.find(':'));
  if (type == "UINT" || type == "INT" || type == "FLOAT") return "N";
  static const std::regex choice(R"(\{(.*)\})");
  if (std::smatch match; std::regex_search(full, match, choice)) {
    return std::regex_replace(match[1].str(), std::regex(","), "|");
  }
  if (type != "TEXT" || option.get_lnames().empty()) return type;
  std::string name = option.get_lnames().front();
  name.erase(0, name.rfind('-') + 1);  // npos + 1 is 0
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

std::string term_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_single_name();
  Lines names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return joined(CLI::detail::join(names, ", "), " ", value_name(option));
}

std::string meaning_of(const CLI::Option& option) {
  static const std::regex range(R"(in \[(\S+) - (\S+)\])");
  std::string limits;
  std::smatch match;
  const std::string type = option.get_type_name();
  if (std::regex_search(type, match, range)) limits = match[1].str() + " to " + match[2].str();
  if (!option.get_default_str().empty()) limits = joined(limits, "; ", "default: " + option.get_default_str());
  if (!option.get_envname().empty()) limits = joined(limits, "; ", "or by " + option.get_envname());
  return option.get_description() + (limits.empty() ? "" : " (" + limits + ")");
}

void entries(std::string& out, const std::string& title, const Options& options) {
  if (!options.empty()) out += '\n' + title + ":\n";
  for (const CLI::Option* option : options) entry(out, term_of(*option), meaning_of(*option));
}

std::string usage_of(const CLI::App& command, const Options& arguments, bool has_commands) {
  std::string usage = path_of(command) + " [OPTIONS]";
  for (const CLI::Option* argument : arguments) {
    const std::string type = value_name(*argument);
    const bool plain = type == "TEXT" || type == "N";
    std::string word = joined(argument->get_single_name(), " ", plain ? "" : type);
    if (argument->get_items_expected_max() > 1) word += "...";
    usage += argument->get_required() ? " " + word : " [" + word + "]";
  }
  return usage + (has_commands ? " COMMAND" : "");
}

}  // namespace

std::string help_page(const CLI::App& command) {
  Options arguments;
  Options options;
  collect(command, true, arguments);
  collect(command, false, options);
  const auto commands = command.get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty(); });
  const Footer footer = parse(command.get_footer());

  std::string out = path_of(command) + ": ";
  wrap(out, command.get_description(), 4);
  out += "\nUsage: " + usage_of(command, arguments, !commands.empty()) + '\n';
  if (!footer.text.empty()) out += '\n';
  paragraphs(out, footer.text);
  if (!commands.empty()) out += "\nCommands:\n";
  for (const CLI::App* sub : commands) entry(out, sub->get_name(), sub->get_description());
  entries(out, "Arguments", arguments);
  entries(out, "Options", options);
  add_statuses(out, footer.statuses);
  if (!footer.examples.empty()) out += "\nExamples:\n";
  for (const std::string& line : footer.examples) {
    if (!line.empty()) out += line + '\n';
  }
  return out;
}

}  // namespace quorate::command
