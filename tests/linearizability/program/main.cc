// quorate-linearizable: judges a history that clients recorded, from their side alone.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/linearizability/checker.h"
#include "tests/linearizability/json_lines.h"

namespace {

using namespace quorate::linearizability;

const char* const about =
    "quorate-linearizable: is there one order of these calls, each between its call and its answer, in which each "
    "answer "
    "is right?";

const char* const pages = R"(
Exit status:
  0  there is such an order
  1  there is none: the answer that fits nowhere is printed
  2  usage, or the file is no history
  4  not known: more to try than --tries allows

Examples:
  quorate-sim --seed 17 --history seen.jsonl
  quorate-linearizable seen.jsonl
                              what the clients of a simulated run saw

FILE has one call on each line:
  {"client": 0, "id": 7, "called_us": 10, "operation": "HEX", "answered_us": 25, "status": "done", "result": "HEX"}
operation and result are in the encodings of messages/README.md; a call that was not answered ends after the operation.
"n" and "index", where the server says that it ran the call, make the search faster and are not believed.
)";

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::linearizable:
      return "linearizable";
    case Verdict::not_linearizable:
      return "not linearizable";
    case Verdict::undecided:
      break;
  }
  return "undecided";
}

int status_of(Verdict verdict) {
  return verdict == Verdict::linearizable ? 0 : verdict == Verdict::not_linearizable ? 1 : 4;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(about);
  app.footer(pages);
  std::string file;
  std::uint64_t tries = 20'000'000;
  bool json = false;
  app.add_option("FILE", file, "the history; - for standard input")->required();
  app.add_option("--tries", tries, "states to go through at most (20,000,000)");
  app.add_flag("--json", json, "print JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    std::cerr << "quorate-linearizable: " << error.what() << "\n'quorate-linearizable --help' says more\n";
    return 2;
  }
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      std::cerr << "quorate-linearizable: cannot read '" << file << "'\n";
      return 2;
    }
    text << in.rdbuf();
  }
  const auto history = read_json_lines(text.str());
  if (!history) {
    std::cerr << "quorate-linearizable: " << file << ": " << history.error() << '\n';
    return 2;
  }
  const Judgement judgement = judge(*history, tries);
  if (json) {
    const nlohmann::ordered_json out = {{"verdict", name_of(judgement.verdict)},
                                        {"calls", judgement.calls},
                                        {"parts", judgement.parts},
                                        {"tried", judgement.tried},
                                        {"explanation", judgement.explanation}};
    std::cout << out.dump(2) << '\n';
  } else {
    std::cout << name_of(judgement.verdict) << ": " << judgement.calls << " calls in " << judgement.parts << " parts, "
              << judgement.tried << " states\n";
    if (!judgement.explanation.empty()) std::cout << "this answer fits nowhere: " << judgement.explanation << '\n';
  }
  return status_of(judgement.verdict);
}
