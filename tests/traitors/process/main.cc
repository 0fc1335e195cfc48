// quorate-traitor: quorate-replica with a band of traitors between it and its connections, and the list of them all.
#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>

#include "replica/program.h"
#include "tests/traitors/process/band_middleman.h"

namespace quorate::traitors {
namespace {

constexpr const char* about =
    R"(A replica that lies: quorate-replica with traitors between it and its connections. It holds the replica's own keys, so
it needs no other rights. All options that are not listed here go to quorate-replica; --cluster and --id must be among
them.

The client of the cluster with the highest number colludes with it, if its key stands beside the cluster file: leave
that client to it.)";

constexpr const char* footer =
    R"(Exit status: that of quorate-replica; 2 also for a traitor that does not exist.

Examples:
  quorate-traitor --list
  quorate-traitor --cluster c/cluster.toml --id 2 --traitor 2=equivocate
  quorate-traitor --cluster c/cluster.toml --id 2 --traitor 2=T01@view:1@permille:500,2=T33,5=hide-certificates)";

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

void print_list(bool json) {
  std::cout << (json ? "[" : "");
  const char* between = "";
  for (const Kind& kind : all_kinds()) {
    if (json) {
      std::cout << between << "{\"number\":" << quoted(numbered(kind)) << ",\"name\":" << quoted(kind.name)
                << ",\"description\":" << quoted(kind.description) << '}';
      between = ",";
    } else {
      std::cout << numbered(kind) << "  " << std::left << std::setw(26) << kind.name << kind.description << '\n';
    }
  }
  std::cout << (json ? "]\n" : "");
}

int run(int argc, char** argv) {
  CLI::App app(about, "quorate-traitor");
  app.footer(footer);
  app.allow_extras();
  bool list = false;
  bool json = false;
  std::string text;
  auto* list_flag = app.add_flag("--list", list, "print each traitor: its number, its name, what it does");
  auto* json_flag = app.add_flag("--json", json, "the list as JSON")->needs(list_flag);
  app.add_option(
         "--traitor", text,
         "who lies how: REPLICA=TRAITOR[@view:V][@above:N][@permille:P], several with commas. Lies begin in view V, "
         "with N stable slots, and concern P of 1000 messages. Entries of other replicas name fellows: this one "
         "signs for them too")
      ->excludes(list_flag)
      ->excludes(json_flag)
      ->type_name("POSTINGS");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (list) return print_list(json), 0;
  const auto postings = parse_postings(text);
  if (!postings || postings->empty()) {
    std::cerr << "quorate-traitor: --traitor: "
              << (postings ? "expected REPLICA=TRAITOR, for instance 2=T01" : postings.error())
              << "; 'quorate-traitor --list' has them all\n";
    return 2;
  }
  std::vector<std::string> words = app.remaining();
  words.insert(words.begin(), argv[0]);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return static_cast<int>(run_replica(static_cast<int>(words.size()), arguments.data(),
                                      [&](const Seat& seat) { return BandMiddleman::make(seat, *postings); }));
}

}  // namespace
}  // namespace quorate::traitors

int main(int argc, char** argv) { return quorate::traitors::run(argc, argv); }
