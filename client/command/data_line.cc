// The command line of the data commands and of bench.
#include <CLI/CLI.hpp>

#include "client/command/data_help.h"
#include "client/command/line.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

CLI::App* add_data_command(CLI::App& app, Line& line, const char* name, const char* what, Run run) {
  CLI::App* sub = app.add_subcommand(name, what);
  sub->add_option("-c,--cluster", line.target_directory, "directory of the cluster")
      ->type_name("DIR")
      ->envname("QUORATE_CLUSTER")
      ->capture_default_str();
  sub->add_option("--client", line.target.client, "speak with this client key; default: the first free one")
      ->type_name("ID");
  sub->add_option("--timeout", line.timeout_seconds, "seconds until an operation's outcome counts as unknown")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  sub->add_flag("--json", line.target.json, "print JSON");
  sub->footer(help_of(name));
  sub->callback([&line, run = std::move(run)] {
    line.target.directory = {line.target_directory};
    line.target.deadline = std::chrono::seconds(line.timeout_seconds);
    line.run = run;
  });
  return sub;
}

/// Adds --hex and --base64.
void add_encodings(CLI::App* sub, Line& line) {
  CLI::Option* hex = sub->add_flag_callback(
      "--hex", [&line] { line.target.encoding = Encoding::hex; }, "keys and values are hexadecimal, two digits a byte");
  sub->add_flag_callback(
         "--base64", [&line] { line.target.encoding = Encoding::base64; }, "keys and values are base64 (RFC 4648)")
      ->excludes(hex);
}

void add_write_commands(CLI::App& app, Line& line) {
  CLI::App* sub = add_data_command(app, line, "put", "write keys", [&line] { return put(line.target, line.put); });
  add_encodings(sub, line);
  sub->add_option("KEY", line.put.words, "each followed by its VALUE; the VALUE '-' is read from standard input")
      ->type_name("VALUE [KEY VALUE]")
      ->required();
  CLI::Option* absent = sub->add_flag("--if-absent", line.put.if_absent, "only if none of the keys is there");
  sub->add_option("--if-version", line.put.if_version,
                  "only if the key has this version (N:INDEX, as 'get --version' prints it)")
      ->type_name("VERSION")
      ->excludes(absent);

  sub = add_data_command(app, line, "delete", "remove keys", [&line] { return remove(line.target, line.remove); });
  add_encodings(sub, line);
  CLI::Option* keys = sub->add_option("KEY", line.remove.keys, "what to remove");
  CLI::Option* version =
      sub->add_option("--if-version", line.remove.if_version, "only if the key has this version (N:INDEX)");
  version->type_name("VERSION");
  sub->add_option("--prefix", line.remove.prefix, "remove all keys that begin with this")
      ->excludes(keys)
      ->excludes(version);

  sub = add_data_command(app, line, "add", "add to a 64-bit integer and print the sum",
                         [&line] { return add(line.target, line.key, line.delta); });
  add_encodings(sub, line);
  sub->add_option("KEY", line.key, "which integer")->required();
  sub->add_option("DELTA", line.delta, "what is added")->required();
}

void add_read_commands(CLI::App& app, Line& line) {
  CLI::App* sub = add_data_command(app, line, "get", "print values", [&line] { return get(line.target, line.get); });
  add_encodings(sub, line);
  sub->add_option("KEY", line.get.keys, "what to read")->required();
  sub->add_flag("--version", line.get.version, "print KEY<TAB>N:INDEX<TAB>VALUE lines");

  sub = add_data_command(app, line, "scan", "print KEY<TAB>VALUE lines in key order",
                         [&line] { return scan(line.target, line.scan); });
  add_encodings(sub, line);
  sub->add_option("--prefix", line.scan.prefix, "keys that begin with this");
  sub->add_option("--from", line.scan.from, "the first key");
  sub->add_option("--to", line.scan.to, "the first key that is not wanted any more");
  sub->add_option("--limit", line.scan.limit, "at most so many entries; default: all")->check(CLI::PositiveNumber);
  sub->add_flag("--keys-only", line.scan.keys_only, "print keys without values");

  line.file = "-";
  sub = add_data_command(app, line, "export", "write KEY<TAB>VALUE lines that import reads",
                         [&line] { return export_to(line.target, line.file, line.scan.prefix); });
  sub->add_option("FILE", line.file, "'-': standard output")->capture_default_str();
  sub->add_option("--prefix", line.scan.prefix, "keys that begin with this");
}

void add_file_commands(CLI::App& app, Line& line) {
  CLI::App* sub = add_data_command(app, line, "txn", "run transactions: all of each or nothing",
                                   [&line] { return transact(line.target, line.transact); });
  add_encodings(sub, line);
  sub->add_option("FILE", line.transact.file, "JSON; '-': standard input")->required();
  sub->add_flag("--lines", line.transact.lines, "one transaction on each line");
  sub->add_option("--outstanding", line.transact.outstanding, "with --lines: transactions under way at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();

  sub = add_data_command(app, line, "import", "write many keys; run again, it goes on where it was ended",
                         [&line] { return import(line.target, line.file); });
  sub->add_option("FILE", line.file, "KEY<TAB>VALUE lines; '-': standard input")->required();
  sub = add_data_command(app, line, "outcome", "find out how an operation ended that was not answered in time",
                         [&line] { return outcome(line.target, line.handle); });
  sub->add_option("HANDLE", line.handle, "what the command printed that ended with status 4")->required();
}

void add_ledger_command(CLI::App& app, Line& line) {
  CLI::App* sub = add_data_command(app, line, "ledger", "print blocks of the ledger, each proven before it is printed",
                                   [&line] { return ledger(line.target, line.ledger); });
  LedgerOptions& options = line.ledger;
  CLI::Option* from = sub->add_option("--from", options.from, "the first block");
  sub->add_option("--to", options.to, "the last block; default: the newest");
  sub->add_option("--last", options.last, "so many blocks up to --to, if there is no --from")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->excludes(from);
  sub->add_flag("--bodies", options.bodies, "print the operations of each block too");
  sub->add_flag("--verify-only", options.verify_only, "print what proves the blocks, and not the blocks");
  sub->add_option("--replica", options.replica, "read from this replica only; default: from whichever proves them")
      ->type_name("ID");
  CLI::Option* out = sub->add_option("--export", options.export_to, "write all that proves the blocks to this file");
  out->type_name("FILE");
  sub->add_option("--check", options.check,
                  "prove and print the blocks of such a file; needs cluster.toml, and no cluster")
      ->type_name("FILE")
      ->excludes(out);
}

void add_bench_command(CLI::App& app, Line& line) {
  CLI::App* sub =
      add_data_command(app, line, "bench", "load the cluster and measure; an operation counts when f+1 signed",
                       [&line] { return bench(line.target, line.bench); });
  BenchOptions& bench = line.bench;
  sub->add_option("--clients", bench.clients, "client keys")->check(CLI::Range(1, 4096))->capture_default_str();
  sub->add_option("--outstanding", bench.outstanding, "operations under way for each client key")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  sub->add_option("--rate", bench.rate, "operations per second on a schedule; default: as fast as answers come")
      ->check(CLI::Range(0.01, 1'000'000.0));
  sub->add_option("--value-bytes", bench.value_bytes, "bytes of each random value")
      ->check(CLI::Range(std::size_t{0}, limits::value_bytes_max))
      ->capture_default_str();
  sub->add_option("--keys", bench.keys, "how many keys are written")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  sub->add_option("--read-percent", bench.read_percent, "percent of the operations that are gets")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  sub->add_option_function<std::string>(
         "--distribution", [&bench](const std::string& name) { bench.zipf = name == "zipf"; }, "how keys are chosen")
      ->type_name("uniform|zipf")
      ->check(CLI::IsMember({"uniform", "zipf"}))
      ->default_str("uniform");
  sub->add_option("--seconds", bench.seconds, "seconds that are measured")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  sub->add_option("--warmup", bench.warmup, "seconds before they are measured")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  sub->add_option("--series", bench.series_ms, "with --json: what happened in each window of so many milliseconds")
      ->check(CLI::Range(10, 3'600'000));
  sub->add_flag("!--no-preload", bench.preload, "do not write all keys first");
}

}  // namespace

void add_data_commands(CLI::App& app, Line& line) {
  add_write_commands(app, line);
  add_read_commands(app, line);
  add_file_commands(app, line);
  add_ledger_command(app, line);
  add_bench_command(app, line);
}

}  // namespace quorate::command
