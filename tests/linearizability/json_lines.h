// A history as text, one call a line, so that any program that talks to a cluster can write one down.
//
// {"client": 0, "id": 7, "called_us": 10, "operation": "02…", "answered_us": 25, "status": "done", "result": "02…",
//  "n": 4, "index": 0}
// `operation` and `result` are hexadecimal in the encodings of messages/README.md. A call without an answer ends after
// `operation`. `n` and `index` may be left out. Times are microseconds of one clock.
#pragma once

#include <string>

#include "tests/linearizability/history.h"

namespace quorate::linearizability {

std::string to_json_lines(const History& history);
/// Errors name the line and what is wrong there.
tl::expected<History, std::string> read_json_lines(const std::string& text);

}  // namespace quorate::linearizability
