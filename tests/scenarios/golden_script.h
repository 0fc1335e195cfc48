// Text scenarios: a script's lines, each followed by its trace, played on the simulator's keel (README.md, "Golden").
//
// In the manner of the datadriven tests of etcd's raft: the trace in the file is compared with what happens, or written
// there. Every invariant is on at every event; at `end` the player itself heals the cluster and demands that it serves
// and agrees.
#pragma once

#include <stdexcept>
#include <string>

namespace quorate::simulation {

/// A line that says nothing sensible, or a script that does not come to its end. The text names the line.
struct ScriptError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Plays the scripts of a file. Returns the file with the traces as they are now: its comments, blank lines and script
/// lines as they stand, below each script line what happened, indented. Throws ScriptError, and Broken when an
/// invariant does not hold or an awaited moment does not come.
std::string replay(const std::string& file);

/// What must be removed from (-) and added to (+) `expected` to get `actual`, with the lines around; empty if equal.
std::string difference(const std::string& expected, const std::string& actual);

}  // namespace quorate::simulation
