#include "client/command/data_help.h"

#include <map>

namespace quorate::command {
namespace {

constexpr const char* bytes =
    "Keys have 1 to 400 bytes, values 0 to 98304, any bytes. With --hex or --base64 keys and values are read and\n"
    "printed in that encoding. Words that begin with '-' stand behind '--'.\n";
constexpr const char* escapes =
    "In lines, tab, line end, carriage return and backslash are written \\t, \\n, \\r and \\\\.\n";
constexpr const char* unanswered =
    "  2  the command line or a file is wrong\n"
    "  3  too few replicas answer; nothing was sent\n"
    "  4  sent and not answered within --timeout: it may have run; 'quorate outcome' tells by the handle that is "
    "printed\n";

struct Help {
  std::string what;
  std::string examples;
  std::string statuses;  // 0 and 1
};

const std::map<std::string, Help> helps = {
    {"put",
     {std::string(
          "Writes all keys in one transaction, or none: at most 1024 and 128 KiB together.\n"
          "With --if-absent or --if-version nothing is written unless every condition holds; the versions that\n"
          "are there instead are printed. A VALUE '-' is read from standard input, byte for byte whatever the\n"
          "encoding.\n") +
          bytes,
      "  quorate put greeting hello farewell bye\n"
      "  gzip -c report | quorate put --if-absent reports/1 -\n",
      "  0  written\n"
      "  1  a condition is not met; nothing was written\n"}},
    {"get",
     {std::string(
          "Prints the exact bytes of one value; a terminal gets a line end more. Of several keys it prints\n"
          "KEY<TAB>VALUE lines, with --version KEY<TAB>N:INDEX<TAB>VALUE. Several keys are read in one "
          "transaction if\n"
          "their values fit into 128 KiB; if not, it says that they are not one snapshot. What a write that was\n"
          "acknowledged before has written is seen.\n") +
          escapes + bytes,
      "  quorate get greeting farewell\n"
      "  quorate put --if-version \"$(quorate get --version greeting | cut -f 2)\" greeting goodbye\n",
      "  0  all keys are there\n"
      "  1  a key is absent: standard error names it\n"}},
    {"delete",
     {std::string(
          "Removes all KEYs in one transaction, or none if --if-version does not hold. With --prefix it removes\n"
          "what a scan finds, 256 keys a transaction: keys written meanwhile may be left.\n") +
          bytes,
      "  quorate delete greeting farewell\n"
      "  quorate delete --prefix session/\n",
      "  0  removed\n"
      "  1  a key was absent (the others are removed), or the version is another (nothing is removed)\n"}},
    {"add",
     {std::string("Adds DELTA to a 64-bit integer in decimal text and prints the sum. An absent key counts as 0. A "
                  "negative\n"
                  "DELTA is written as it is.\n") +
          bytes,
      "  quorate add visitors 1\n"
      "  quorate add balance -30\n",
      "  0  added\n"
      "  1  the value is no integer, or the sum does not fit; nothing was changed\n"}},
    {"scan",
     {std::string(
          "Prints KEY<TAB>VALUE lines in the order of the keys' bytes. A page of at most 1024 entries and 127 KiB "
          "is a\n"
          "snapshot; if it took several, standard error says at the end that they are none together. With\n"
          "--json the last line is {\"pages\": N, \"snapshot\": true|false}.\n") +
          escapes + bytes,
      "  quorate scan --prefix user/ --limit 10\n"
      "  quorate scan --from a --to b --keys-only\n",
      "  0  printed, also if there was nothing\n"}},
    {"export",
     {std::string(
          "Writes KEY<TAB>VALUE lines in key order, which 'quorate import' reads back to the same bytes. FILE "
          "appears\n"
          "when it is whole and on disk; until then it is FILE.partial. If it took several pages, standard "
          "error\n"
          "says that they are not one snapshot. With --json the counts are JSON, on standard error if the lines go to\n"
          "standard output.\n") +
          escapes,
      "  quorate export backup.tsv\n"
      "  quorate export --prefix user/ | sort -t \"$(printf '\\t')\" -k 2\n",
      "  0  the export is whole\n"}},
    {"txn",
     {"Runs 'then' if all conditions hold, else 'else': all of the branch or nothing. The answer is JSON.\n"
      "  {\"conditions\": [C, ...], \"then\": [O, ...], \"else\": [O, ...]}   each list may be missing\n"
      "  C  {\"exists\": KEY}, {\"absent\": KEY}, {\"key\": KEY, \"version\": [N, INDEX]}, {\"key\": KEY, \"value\": "
      "VALUE},\n"
      "     {\"key\": KEY, \"at_least\": INTEGER}\n"
      "  O  {\"get\": KEY}, {\"put\": KEY, \"value\": VALUE}, {\"delete\": KEY}, {\"add\": KEY, \"delta\": INTEGER},\n"
      "     {\"scan\": FROM, \"to\": KEY, \"limit\": 1 to 1024}\n"
      "With --hex or --base64 the answer's bytes are in that encoding.\n"
      "KEY and VALUE are a text, {\"hex\": TEXT} or {\"base64\": TEXT}. At most 1024 conditions and operations and 128 "
      "KiB.\n"
      "With --lines each line is a transaction, and its answer is one line in the same order. Several are under way\n"
      "at once and may run in any order; --outstanding 1 runs one after the other. A line that is no transaction or a\n"
      "transaction that was not answered ends the reading; what was sent before is answered.\n",
      "  echo '{\"conditions\": [{\"key\": \"alice\", \"at_least\": 30}], \"then\": [{\"add\": \"alice\", \"delta\": "
      "-30},\n"
      "         {\"add\": \"bob\", \"delta\": 30}]}' | quorate txn -\n"
      "  quorate txn --lines transfers.jsonl >answers.jsonl\n",
      "  0  'then' ran, of every line\n"
      "  1  a condition was not met, so that 'else' ran, or the transaction failed\n"}},
    {"import",
     {std::string(
          "Writes the keys of a file, many at a time: a key that stands on several lines may end with any of their\n"
          "values. On a terminal a bar shows how far it is.\n"
          "The import of a FILE keeps a journal in the cluster's directory: ended by whatever, also kill -9, and run\n"
          "again, it goes on, and each line is executed once. Standard input cannot be read again and has no "
          "journal.\n") +
          escapes,
      "  quorate import backup.tsv\n"
      "  dpkg-query -W -f '${Package}\\t${Version}\\n' | quorate import -\n",
      "  0  every line is written\n"}},
    {"outcome",
     {"Tells how an operation ended that was not answered in time. HANDLE is what the command printed that ended with\n"
      "status 4. The answer is one word, and final: it does not change, whoever asks again.\n"
      "  executed  it ran, once\n"
      "  never     it did not run and never will: it is safe to repeat\n"
      "  lost      too many later operations of that client were executed before anybody asked\n",
      "  quorate outcome HANDLE\n",
      "  0  executed\n"
      "  1  never\n"
      "  2  the command line is wrong, or this is no handle of this cluster\n"
      "  4  lost; or with a message: not known yet, ask again\n"}},
    {"bench",
     {"Writes --keys keys of 'bench/', then keeps the cluster busy for --warmup and --seconds. An operation counts "
      "once\n"
      "f+1 replicas have signed its answer. Closed loop: each client key keeps --outstanding operations under way. "
      "With\n"
      "--rate operations begin on a schedule, and latency counts from the moment at which one should have begun.\n"
      "zipf: the key of rank r has a share of about 1/r^0.99, as in YCSB; the hot keys are spread over all keys.\n"
      "--json prints ops_per_second, operations, errors, seconds, latency_ms {mean, p50, p90, p99, p999, max}, and\n"
      "the configuration.\n",
      "  quorate bench --clients 4 --outstanding 64 --read-percent 95 --distribution zipf\n"
      "  quorate bench --rate 5000 --seconds 60 --json\n",
      "  0  measured without errors\n"
      "  2  the command line is wrong, or fewer than --clients client keys are free\n"
      "  4  operations were not acknowledged within --timeout, or none was\n"}},
};

}  // namespace

std::string help_of(const std::string& command) {
  const auto found = helps.find(command);
  if (found == helps.end()) return {};
  const Help& help = found->second;
  return help.what + "\nExamples:\n" + help.examples + "\nExit status:\n" + help.statuses +
         (command == "bench" || command == "outcome" ? "" : unanswered);
}

}  // namespace quorate::command
