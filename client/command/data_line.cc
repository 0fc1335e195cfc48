// The command line of the data commands and of bench.
#include <CLI/CLI.hpp>

#include "client/command/line.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

CLI::App* add_data_command(CLI::App& app, Line& line, const char* name, const char* what, Run run) {
  CLI::App* sub = app.add_subcommand(name, what);
  sub->add_option("-c,--cluster", line.target_directory, "directory of the cluster")
      ->envname("QUORATE_CLUSTER")
      ->capture_default_str();
  sub->add_option("--client", line.target.client, "speak with this client key; default: the first free one");
  sub->add_option("--timeout", line.timeout_seconds, "seconds until an operation's outcome counts as unknown")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  sub->add_flag("--json", line.target.json, "print JSON");
  sub->callback([&line, run = std::move(run)] {
    line.target.directory = {line.target_directory};
    line.target.deadline = std::chrono::seconds(line.timeout_seconds);
    line.run = run;
  });
  return sub;
}

void add_operation_commands(CLI::App& app, Line& line) {
  const auto command = [&](const char* name, const char* what, Run run) {
    return add_data_command(app, line, name, what, std::move(run));
  };
  CLI::App* sub = command("put", "write a key", [&line] { return put(line.target, line.key, line.value); });
  sub->add_option("KEY", line.key)->required();
  sub->add_option("VALUE", line.value)->required();
  sub = command("get", "print the exact value of a key", [&line] { return get(line.target, line.key); });
  sub->add_option("KEY", line.key)->required();
  sub = command("delete", "remove a key", [&line] { return remove(line.target, line.key); });
  sub->add_option("KEY", line.key)->required();
  sub = command("add", "add to a 64-bit integer and print the sum; an absent key counts as 0",
                [&line] { return add(line.target, line.key, line.delta); });
  sub->add_option("KEY", line.key)->required();
  sub->add_option("DELTA", line.delta)->required();
  sub = command("scan", "print KEY<TAB>VALUE lines in key order; pages of one scan are not one snapshot",
                [&line] { return scan(line.target, line.scan); });
  sub->add_option("--prefix", line.scan.prefix, "keys that begin with this");
  sub->add_option("--from", line.scan.from, "the first key");
  sub->add_option("--to", line.scan.to, "the first key that is not wanted any more");
  sub->add_option("--limit", line.scan.limit, "at most so many entries");
  sub = command("txn", "run a transaction: all of it or nothing", [&line] { return transact(line.target, line.file); });
  sub->add_option("FILE", line.file,
                  "JSON: {\"conditions\": [{\"exists\"|\"absent\": KEY} | {\"key\": KEY, "
                  "\"at_least\"|\"value\"|\"version\": X}], \"then\": [{\"get\"|\"delete\": KEY} | {\"put\": KEY, "
                  "\"value\": V} | {\"add\": KEY, \"delta\": N} | {\"scan\": KEY, \"to\": KEY, \"limit\": N}], "
                  "\"else\": [...]}; - for standard input")
      ->required();
  sub = command("import", "write many keys; run again, it goes on where it was ended",
                [&line] { return import(line.target, line.file); });
  sub->add_option("FILE", line.file,
                  "KEY<TAB>VALUE lines; \\t, \\n, \\r and \\\\ stand for those bytes; - for standard input")
      ->required();
  sub = command("outcome", "find out how an operation ended that was not answered in time",
                [&line] { return outcome(line.target, line.handle); });
  sub->add_option("HANDLE", line.handle, "what the command printed that ended with status 4")->required();
  sub->footer(
      "Prints 'executed' (status 0), 'never' (status 1: it was not executed and never will be, so it is safe to "
      "repeat),\n"
      "or 'lost' (status 4: too many later operations of that client were executed before anybody asked). The answer "
      "is\n"
      "final. Status 4 with a message: not known yet, ask again.");
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
  sub->add_option("--rate", bench.rate, "operations per second on a schedule; default: as fast as answers come");
  sub->add_option("--value-bytes", bench.value_bytes, "size of the random values")
      ->check(CLI::Range(std::size_t{0}, limits::value_bytes_max))
      ->capture_default_str();
  sub->add_option("--keys", bench.keys, "how many keys are written")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  sub->add_option("--read-percent", bench.read_percent, "share of gets")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  sub->add_option("--seconds", bench.seconds, "measured time")->check(CLI::Range(1, 86400))->capture_default_str();
  sub->add_option("--warmup", bench.warmup, "seconds before it")->check(CLI::Range(0, 3600))->capture_default_str();
  sub->add_flag("!--no-preload", bench.preload, "do not write all keys first");
}

}  // namespace

void add_data_commands(CLI::App& app, Line& line) {
  add_operation_commands(app, line);
  add_bench_command(app, line);
}

}  // namespace quorate::command
