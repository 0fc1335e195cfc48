// The house rules as functions from a source tree to its violations: whatever they return is a failure.
//
// Each takes the root of the tree, so that the tests can show on scratch copies that a planted fault is found. They
// know text, not C++: the compiler and clang-tidy judge what text cannot show.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace quorate::tidy {

using Path = std::filesystem::path;
/// One line for each fault: the place, what is wrong, and the rule.
using Violations = std::vector<std::string>;

// tree.cc
/// Our own files below root, relative to it, sorted: no build trees, nothing hidden.
std::vector<Path> files_of(const Path& root);
/// Sources (.h, .cc) of product folders only, or of everything.
bool is_source(const Path& file);
std::string read_file(const Path& file);
std::vector<std::string> lines_of(const std::string& text);
/// The same text with comments, and the contents of string and character literals, turned into blanks.
std::string code_only(const std::string& text);

// include_gate.cc
/// Which folder may include what: the tables of the architecture (README.md of this folder).
Violations check_includes(const Path& root);

// size_gate.cc
inline constexpr std::size_t file_lines_max = 400;
inline constexpr std::size_t function_lines_max = 70;
/// Files and functions that are too long, unless tests/tidy/exceptions.txt lists them with a reason.
Violations check_sizes(const Path& root);

// text_gate.cc
/// Unfinished work and paths of somebody's machine.
Violations check_words(const Path& root);
/// Each header, and each source without a header of its name, opens with a comment on its idea; headers are guarded.
Violations check_openings(const Path& root);
/// Each folder has a README.md.
Violations check_readmes(const Path& root);
/// Each reason of messages/reject.h is named by a test.
Violations check_rejects(const Path& root);

// table_gate.cc
/// The names of a source's doctest cases.
std::vector<std::string> test_cases_of(const std::string& source);
/// tests/scenarios/README.md: each script of its table has a case and each case a script; the mutants it names exist.
Violations check_scripts(const Path& root);
/// The table of tests/paper/README.md begins here and ends with the file.
inline constexpr const char* table_mark = "| sentence |";
/// tests/paper/sentences.txt as a table: sentence, tests, mutants. Throws std::runtime_error where it is malformed.
std::string paper_table(const Path& root);
/// Each sentence has tests that exist and mutants that exist, or a departure; tests/paper/README.md ends with the
/// table.
Violations check_paper(const Path& root);

// patch_gate.cc
/// Each planted bug of tests/simulation/planted still applies, and says what finds it.
Violations check_patches(const Path& root);

// name_gate.cc
/// Types of one name that are defined twice in one namespace.
Violations check_names(const Path& root);

// symbol_gate.cc
/// The lines of `nm --demangle` with these options for an archive or program. Throws std::runtime_error if nm fails.
std::vector<std::string> symbols(const Path& binary, const std::string& options);
/// Undefined symbols of a pure library that reach a clock, a socket, a file, a thread or randomness.
Violations check_pure(const Path& library);
/// Whether any symbol's name contains this text.
bool has_symbol(const Path& binary, const std::string& name);

}  // namespace quorate::tidy
