#include "client/command/data_help.h"

#include <map>

namespace quorate::command {
namespace {

constexpr const char* bytes = R"(
Keys have 1 to 400 bytes, values 0 to 98304, any bytes. With --hex or --base64 keys and values are read and printed in
that encoding. Words that begin with '-' stand behind '--'.
)";
constexpr const char* escapes = R"(
In lines, tab, line end, carriage return and backslash are written \t, \n, \r and \\.
)";
constexpr const char* unanswered = R"(  2  the command line or a file is wrong
  3  too few replicas answer; nothing was sent
  4  sent and not answered within --timeout: it may have run; 'quorate outcome' tells by the handle that is printed
)";

struct Help {
  std::string what;
  std::string examples;
  std::string statuses;  // those of its own
};

const std::map<std::string, Help> helps = {
    {"put",
     {std::string(R"(Writes all keys in one transaction, or none: at most 1024 and 128 KiB together. With --if-absent or
--if-version nothing is written unless every condition holds; which versions are there instead is said. The VALUE '-' is
read from standard input, byte for byte whatever the encoding. With --json it prints the version that was written.
)") + bytes,
      R"(  quorate put greeting hello farewell bye
  gzip -c report | quorate put --if-absent reports/1 -
)",
      R"(  0  written
  1  a condition is not met; nothing was written
)"}},
    {"get",
     {std::string(R"(Prints the exact bytes of one value; a terminal gets a line end more. Of several keys it prints
KEY<TAB>VALUE lines, with --version KEY<TAB>N:INDEX<TAB>VALUE, with --json one object for each and {"pages": N,
"snapshot": true|false} at the end. Several keys are one snapshot if their values fit into 128 KiB; if not, standard
error says so. A get sees every write that was acknowledged before it began.
)") + escapes +
          bytes,
      R"(  quorate get greeting farewell
  version=$(quorate get --version greeting | cut -f 2)
  quorate put --if-version "$version" greeting goodbye
)",
      R"(  0  all keys are there
  1  a key is absent: standard error names it
)"}},
    {"delete",
     {std::string(
          R"(Removes all KEYs in one transaction, or none if --if-version does not hold. With --prefix it removes
what a scan finds, 256 keys a transaction, and says how many: keys written meanwhile may be left.
)") + bytes,
      R"(  quorate delete greeting farewell
  quorate delete --prefix session/
)",
      R"(  0  removed
  1  a key was absent (the others are removed), or its version is another (nothing is removed)
)"}},
    {"add",
     {std::string(
          R"(Adds DELTA to a 64-bit integer in decimal text and prints the sum. An absent key counts as 0. A negative
DELTA is written as it is.
)") + bytes,
      R"(  quorate add visitors 1
  quorate add balance -30
)",
      R"(  0  added
  1  the value is no integer, or the sum does not fit; nothing was changed
)"}},
    {"scan",
     {std::string(
          R"(Prints KEY<TAB>VALUE lines in the order of the keys' bytes. A page of at most 1024 entries and 127 KiB is
a snapshot; if it took several, standard error says at the end that together they are none. With --json the last line is
{"pages": N, "snapshot": true|false}.
)") + escapes +
          bytes,
      R"(  quorate scan --prefix user/ --limit 10
  quorate scan --from a --to b --keys-only
)",
      R"(  0  printed, also if there was nothing
)"}},
    {"export",
     {std::string(
          R"(Writes KEY<TAB>VALUE lines in key order, which 'quorate import' reads back to the same bytes. FILE appears
when it is whole and on disk; until then it is FILE.partial. If it took several pages, standard error says that they are
not one snapshot. With --json the counts are JSON, on standard error if the lines go to standard output.
)") + escapes,
      R"(  quorate export backup.tsv
  quorate export --prefix user/ | gzip >users.tsv.gz
)",
      R"(  0  the export is whole
)"}},
    {"txn",
     {R"(Runs 'then' if all conditions hold, else 'else': all of the branch or nothing. The answer is JSON. Of

  {"conditions": [C, ...], "then": [O, ...], "else": [O, ...]}

each list may be missing. A condition C is one of

  {"exists": KEY}  {"absent": KEY}  {"key": KEY, "value": VALUE}
  {"key": KEY, "version": [N, INDEX]}  {"key": KEY, "at_least": INTEGER}

and an operation O one of

  {"get": KEY}  {"put": KEY, "value": VALUE}  {"delete": KEY}
  {"add": KEY, "delta": INTEGER}  {"scan": KEY, "to": KEY, "limit": 1 to 1024}

A KEY or VALUE is a text, {"hex": TEXT} or {"base64": TEXT}; with --hex or --base64 those of the answer are too. Conditions
and operations are at most 1024, and 128 KiB.

With --lines each line is a transaction, and each answer a line, in the same order. Several are under way at once and may
run in any order; --outstanding 1 runs one after the other. A line that is no transaction, or a transaction that is not
answered, ends the reading; what was sent before is answered.
)",
      R"(  echo '{"conditions": [{"key": "alice", "at_least": 30}],
         "then": [{"add": "alice", "delta": -30}, {"add": "bob", "delta": 30}]
        }' | quorate txn -
  quorate txn --lines transfers.jsonl >answers.jsonl
)",
      R"(  0  'then' ran, of every line
  1  a condition was not met, so that 'else' ran, or the transaction failed
)"}},
    {"import",
     {std::string(
          R"(Writes the keys of a file, many at a time: a key that stands on several lines may end with any of their
values. On a terminal a bar shows how far it is. The import of a FILE keeps a journal in the cluster's directory: ended by
whatever, also kill -9, and run again, it goes on, and each line is executed once. Standard input cannot be read again and
has no journal.
)") + escapes,
      R"(  quorate import backup.tsv
  dpkg-query -W -f '${Package}\t${Version}\n' | quorate import -
)",
      R"(  0  every line is written
)"}},
    {"outcome",
     {R"(Tells how an operation ended that was not answered in time. HANDLE is what the command printed that ended with status 4.
The answer is one word, and final: it does not change, whoever asks again.
  executed  it ran, once
  never     it did not run and never will: it is safe to repeat
  lost      too many later operations of that client were executed before anybody asked
)",
      R"(  quorate outcome HANDLE
)",
      R"(  0  executed
  1  never
  2  the command line is wrong, or this is no handle of this cluster
  4  lost; or with a message: not known yet, ask again
)"}},
    {"ledger",
     {R"(Prints blocks: number, digest, digest of the batch, how many operations it has, root of the replies, agreed time, and
which replicas' COMMITs decided it. Digests are cut short; --json has them whole. No replica is believed: one of them
shows the blocks, and this command checks every digest and signature. Each block names the digest of the one before it, so
blocks up to a checkpoint are proven by it, as a quorum has signed the state that names the ledger's head; those above it
are proven by their last one, which f+1 replicas sign, one of them loyal. The last lines say which replicas those are. A
replica that shows anything else is named on standard error, and the next one is asked.

Replicas keep one block for each KiB of --retained-log-mb (262144 by default), and batches as long as they fit into it; what
is not kept any more is shown as '-'. --export writes a file from which --check proves the same, with cluster.toml alone.
With --json the last object says what proves the blocks.
)",
      R"(  quorate ledger --last 3 --bodies
  quorate ledger --from 1 --export proof.ledger
  quorate ledger --check proof.ledger --verify-only
)",
      R"(  0  printed, and proven
  1  a block is not held any more, or not there yet
  2  the command line or a file is wrong, or the file proves nothing
  3  no replica answers, or none proves the blocks
)"}},
    {"bench",
     {R"(Writes --keys keys 'bench/...', then keeps the cluster busy for --warmup and --seconds. An operation counts once f+1
replicas have signed its answer. Each client key keeps --outstanding operations under way; with --rate operations begin
on a schedule instead, whatever the cluster does, and latency counts from the moment at which one should have begun.

With zipf, the key of rank r has a share of about 1/r^0.99, as in YCSB; the hot keys are spread over all keys.

--json prints ops_per_second, operations, errors, seconds, latency_ms {mean, p50, p90, p99, p999, max}, longest_gap_ms and
the configuration. The longest gap is the longest time without any answer. A terminal shows how things are each second.

With --series MS it also prints series {begun_ms, window_ms, operations [], p99_ms [], max_ms []}: a window has the operations
acknowledged in it, and the latencies of those begun in it.
)",
      R"(  quorate bench --clients 4 --read-percent 95 --distribution zipf
  quorate bench --rate 5000 --seconds 60 --json
)",
      R"(  0  measured without errors
  2  the command line is wrong, or fewer than --clients client keys are free
  4  operations were not acknowledged within --timeout, or none was
)"}},
};

}  // namespace

std::string help_of(const std::string& command) {
  const auto found = helps.find(command);
  if (found == helps.end()) return {};
  const Help& help = found->second;
  return help.what + "\nExamples:\n" + help.examples + "\nExit status:\n" + help.statuses +
         (command == "bench" || command == "outcome" || command == "ledger" ? "" : unanswered);
}

}  // namespace quorate::command
