// The command line of `quorate cluster`.
#include <CLI/CLI.hpp>

#include "client/command/line.h"
#include "messages/limits.h"

namespace quorate::command {

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

}  // namespace quorate::command
