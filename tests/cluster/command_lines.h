// The command lines that READMEs and help pages show: found in their texts, and checked against the programs' --help.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace quorate::cluster_tests {

using Words = std::vector<std::string>;

/// The README.md files of the source tree.
std::vector<std::filesystem::path> readmes();
std::string text_of(const std::filesystem::path& file);

/// A fenced block: what stands behind the opening fence, and the lines up to the closing one.
struct Block {
  std::string language;
  std::vector<std::string> lines;
};
std::vector<Block> blocks_of(const std::string& markdown);
/// `code` inside lines of text.
std::vector<std::string> spans_of(const std::string& markdown);

/// The simple commands of a shell line that begin with one of these programs, each in words: what follows ; | & ( or
/// stands in $(…) is a command of its own; quotes hold words together; comments are left out.
std::vector<Words> commands_of(const std::string& line, const std::set<std::string>& programs);

/// What --help of a program, with the further words of a command, prints.
class HelpPages {
 public:
  const std::string& of(const Words& command);
  /// Subcommands by their names.
  std::set<std::string> commands_in(const std::string& page) const;
  /// "--name" and "-n" of all options.
  std::set<std::string> options_in(const std::string& page) const;
  /// What is wrong with words that begin with a program's name; empty if each subcommand and option is there.
  std::string fault_of(const Words& words);

 private:
  std::map<Words, std::string> pages_;
};

}  // namespace quorate::cluster_tests
