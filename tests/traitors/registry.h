// The list of all traitors, and how they are named on a command line: `2=T01,5=forged-certificate@view:3`.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "tests/traitors/traitor.h"

namespace quorate::traitors {

/// All of them, by number.
const std::vector<Kind>& all_kinds();
/// "T01"
std::string numbered(const Kind& kind);
/// By number ("T01") or name; null when there is none.
const Kind* find_kind(const std::string& name);

/// When a traitor lies; loyal before and otherwise.
struct Activation {
  View from_view;                 // the host is in this view or later
  SequenceNumber above;           // the host's h is at or above this
  std::uint64_t permille = 1000;  // of the messages that it could lie about
};

struct Posting {
  ReplicaId replica;
  const Kind* kind = nullptr;
  Activation activation;
};

/// `REPLICA=TRAITOR[@view:V][@above:N][@permille:P]`, several with commas, one replica as often as wanted. The error
/// names what is wrong.
tl::expected<std::vector<Posting>, std::string> parse_postings(const std::string& text);
std::string to_string(const Posting& posting);

// One list for each file:
std::vector<Kind> as_primary();
std::vector<Kind> as_backup();
std::vector<Kind> floods();
std::vector<Kind> in_view_change();
std::vector<Kind> as_new_primary();
std::vector<Kind> checkpoints();
std::vector<Kind> clients();
std::vector<Kind> whole_node();
std::vector<Kind> twins();

}  // namespace quorate::traitors
