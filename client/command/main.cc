// quorate: the command line, read into options; commands.h has what each command does.
#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <iostream>

#include "client/command/commands.h"
#include "messages/limits.h"

namespace quorate::command {

namespace {

using Run = std::function<Status()>;

constexpr const char* footer =
    "Exit status: 0 done; 1 a condition was not met or a key is absent; 2 wrong command line or files;\n"
    "3 too few replicas answer, nothing was changed; 4 sent and not answered in time, it may have run, or a replica\n"
    "did not stop in time.";

struct Line {
  std::string directory;
  CreateOptions create;
  std::optional<std::uint32_t> replica;
  std::uint32_t patience_seconds = 30;
  Target target;
  std::string target_directory = "cluster";
  std::uint32_t timeout_seconds = 30;
  std::string key;
  std::string value;
  std::int64_t delta = 1;
  std::string file;
  ScanOptions scan;
  BenchOptions bench;
  Run run;

  Directory cluster() const { return {directory}; }
};

void add_cluster_commands(CLI::App& app, Line& line) {
  CLI::App* cluster = app.add_subcommand("cluster", "make and run a cluster on this machine");
  cluster->require_subcommand(1);
  const auto command = [&](const char* name, const char* what, Run run) {
    CLI::App* sub = cluster->add_subcommand(name, what);
    sub->add_option("DIR", line.directory, "directory of the cluster")->required();
    sub->callback([&line, run = std::move(run)] { line.run = run; });
    return sub;
  };
  const auto patience = [&](CLI::App* sub) {
    sub->add_option("--timeout", line.patience_seconds, "seconds to wait")->capture_default_str();
  };
  const auto seconds = [&line] { return std::chrono::seconds(line.patience_seconds); };

  CLI::App* create_sub = command("create", "make keys, cluster.toml and empty stores", [&line] {
    line.create.directory = line.cluster();
    return create(line.create);
  });
  create_sub->add_option("--replicas", line.create.replicas, "N; up to (N-1)/3 of them may lie")
      ->check(CLI::Range(4, 64))
      ->capture_default_str();
  create_sub->add_option("--clients", line.create.clients, "client keys; one for each process at a time")
      ->check(CLI::Range(1U, limits::clients_max))
      ->capture_default_str();
  create_sub
      ->add_option("--base-port", line.create.base_port, "replica i listens on this port + i; default: free ports")
      ->check(CLI::Range(1024, 65000));
  patience(command("start", "start the replicas that are down; returns when they serve",
                   [&line, seconds] { return start(line.cluster(), seconds()); }));
  command("status", "how each replica is; exit status 0 when a quorum answers", [&line] {
    return status(line.cluster(), line.target.json);
  })->add_flag("--json", line.target.json, "print JSON");
  CLI::App* stop_sub = command("stop", "stop all replicas, or one",
                               [&line, seconds] { return stop(line.cluster(), line.replica, seconds()); });
  stop_sub->add_option("ID", line.replica, "only this replica");
  patience(stop_sub);
  command("kill", "end one replica at once, as a crash would (SIGKILL)",
          [&line] { return kill(line.cluster(), line.replica.value_or(0)); })
      ->add_option("ID", line.replica, "which replica")
      ->required();
  patience(command("destroy", "stop all replicas and remove the directory with all data",
                   [&line, seconds] { return destroy(line.cluster(), seconds()); }));
}

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

void add_data_commands(CLI::App& app, Line& line) {
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
  sub = command("import", "write many keys", [&line] { return import(line.target, line.file); });
  sub->add_option("FILE", line.file,
                  "KEY<TAB>VALUE lines; \\t, \\n, \\r and \\\\ stand for those bytes; - for standard input")
      ->required();
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

Status run(int argc, char** argv) {
  CLI::App app("Quorate: a key-value store that stays right while replicas lie.", "quorate");
  app.footer(footer);
  app.require_subcommand(1);
  app.fallthrough(false);
  Line line;
  add_cluster_commands(app, line);
  add_data_commands(app, line);
  add_bench_command(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Status::done : Status::usage;
  }
  return line.run();
}

}  // namespace
}  // namespace quorate::command

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return static_cast<int>(quorate::command::run(argc, argv));
}
