// The command line of `quorate cluster` and `quorate keygen`. What --help says beside the options is in cluster_help.h.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/command/cluster_commands.h"
#include "client/command/cluster_help.h"
#include "client/command/line.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

/// What CLI11 fills for the commands on clusters.
struct ClusterLine {
  std::string directory;
  std::optional<std::uint32_t> replica;
  std::uint32_t patience_seconds = 30;
  bool json = false;
  CreateOptions create;
  std::string listen;
  std::string traitors;
  bool yes = false;
  bool watch = false;
  bool healthy = false;
  std::uint32_t lines = 20;
  bool follow = false;
  std::string copy;
  std::vector<std::string> key_files;

  template <typename Options>
  Options fill() const {
    Options options;
    options.directory = {directory};
    options.replica = replica;
    options.patience = std::chrono::seconds(patience_seconds);
    options.json = json;
    return options;
  }
  ClusterOptions shared() const { return fill<ClusterOptions>(); }
  StartOptions starting() const {
    auto options = fill<StartOptions>();
    options.listen = listen;
    options.traitors = traitors;
    return options;
  }
};

class Commands {
 public:
  Commands(CLI::App& app, Line& line) : app_(app), line_(line), into_(std::make_shared<ClusterLine>()) {
    cluster_ = app.add_subcommand("cluster", "make and run a cluster; 'quorate cluster COMMAND --help' says more");
    cluster_->require_subcommand(1);
    cluster_->footer(help::cluster);
  }

  void add_making() {
    add_create();
    CLI::App* start_app = command("start", "start the replicas that are down; return when they serve", help::start,
                                  [](const ClusterLine& in) { return start(in.starting()); });
    one_or_all(start_app);
    listen(start_app);
    start_app
        ->add_option("--traitor", into_->traitors,
                     "run liars instead of these replicas, to see the others bear it: 2=equivocate, several with "
                     "commas; 'quorate traitors' lists them")
        ->type_name("REPLICA=TRAITOR");
    patience(start_app);
    json(start_app);
    add_keygen();
    add_traitors();
  }

  void add_looking() {
    CLI::App* status_app = command("status", "how each replica is; whether a quorum serves", help::status,
                                   [](const ClusterLine& in) { return status(in.shared(), in.watch); });
    status_app->add_flag("--watch", into_->watch, "again each second, until Ctrl-C");
    json(status_app);
    CLI::App* wait_app = command("wait", "wait until all is well, or a replica has caught up", help::wait,
                                 [](const ClusterLine& in) { return wait(in.shared()); });
    auto* what = wait_app->add_option_group("what to wait for");
    what->set_help_flag();
    what->add_flag("--healthy", into_->healthy, "until every replica answers and says that it is well");
    what->add_option("--caught-up", into_->replica,
                     "until this replica has executed what the others had executed when the command began");
    what->require_option(1);
    patience(wait_app);
    json(wait_app);
    CLI::App* logs_app = command("logs", "the last lines that replicas logged", help::logs, [](const ClusterLine& in) {
      auto options = in.fill<LogsOptions>();
      options.lines = in.lines;
      options.follow = in.follow;
      return logs(options);
    });
    one_or_all(logs_app);
    logs_app->add_option("--lines", into_->lines, "lines of each replica")->capture_default_str();
    logs_app->add_flag("--follow", into_->follow, "go on with what is added, until Ctrl-C");
    json(logs_app);
  }

  void add_running() {
    CLI::App* stop_app = command("stop", "stop replicas in good order (SIGTERM)", help::stop,
                                 [](const ClusterLine& in) { return stop(in.shared()); });
    one_or_all(stop_app);
    patience(stop_app);
    one_or_all(command("kill", "end replicas at once, as a crash would (SIGKILL)", help::kill,
                       [](const ClusterLine& in) { return kill(in.shared()); }));
    one_or_all(command("pause", "freeze replicas (SIGSTOP): there, and silent", help::pause,
                       [](const ClusterLine& in) { return pause(in.shared()); }));
    one_or_all(command("resume", "let paused replicas go on (SIGCONT)", help::resume,
                       [](const ClusterLine& in) { return resume(in.shared()); }));
    CLI::App* restart_app = command("restart", "stop replicas, start them, return when they serve", help::restart,
                                    [](const ClusterLine& in) { return restart(in.starting()); });
    one_or_all(restart_app);
    listen(restart_app);
    patience(restart_app);
    json(restart_app);
  }

  void add_keeping() {
    CLI::App* backup_app = command("backup", "copy one replica's stores, running or not", help::backup,
                                   [](const ClusterLine& in) { return backup(in.shared(), in.copy); });
    backup_app->add_option("TO", into_->copy, "directory to make, for the copy")->required();
    backup_app->add_option("--replica", into_->replica, "copy this one; default: the one that has come furthest");
    json(backup_app);
    CLI::App* restore_app = command("restore", "take all replicas back to a backup, together", help::restore,
                                    [](const ClusterLine& in) { return restore(in.shared(), in.copy); });
    restore_app->add_option("FROM", into_->copy, "directory of a backup")->required();
    json(restore_app);
    CLI::App* wipe_app = command("wipe", "remove the stores of one stopped replica", help::wipe,
                                 [](const ClusterLine& in) { return wipe(in.shared(), in.yes); });
    wipe_app->add_option("ID", into_->replica, "which replica")->required();
    wipe_app->add_flag("--yes", into_->yes, "do not ask");
    patience(command("destroy", "stop all replicas and remove the directory with all data", help::destroy,
                     [](const ClusterLine& in) { return destroy(in.shared()); }));
  }

 private:
  using Act = Status (*)(const ClusterLine&);

  CLI::App* command(const char* name, const char* what, const char* footer, Act act) {
    CLI::App* sub = cluster_->add_subcommand(name, what);
    sub->footer(footer);
    sub->add_option("DIR", into_->directory, "directory of the cluster")->required();
    sub->callback([this_line = &line_, into = into_, act] { this_line->run = [into, act] { return act(*into); }; });
    return sub;
  }

  void patience(CLI::App* sub) {
    sub->add_option("--timeout", into_->patience_seconds, "seconds to wait at most")->capture_default_str();
  }
  void json(CLI::App* sub) { sub->add_flag("--json", into_->json, "print JSON"); }
  void one_or_all(CLI::App* sub) {
    sub->add_option("ID", into_->replica, "only this replica; default: all that are on this machine");
  }
  void listen(CLI::App* sub) {
    sub->add_option("--listen", into_->listen,
                    "address to listen at, such as 0.0.0.0; default: the replica's host in cluster.toml");
  }

  void add_create() {
    CLI::App* sub =
        command("create", "make keys, cluster.toml and empty stores", help::create, [](const ClusterLine& in) {
          CreateOptions options = in.create;
          options.directory = {in.directory};
          options.json = in.json;
          return create(options);
        });
    CreateOptions& options = into_->create;
    sub->add_option("--replicas", options.replicas,
                    "how many; up to (N-1)/3 of them may lie; default: 4, or "
                    "one for each host")
        ->check(CLI::Range(4, 64));
    auto* clients = sub->add_option("--clients", options.clients, "client keys; each process takes one while it runs")
                        ->check(CLI::Range(1U, limits::clients_max))
                        ->capture_default_str();
    sub->add_option("--hosts", options.hosts, "file: where each replica listens, one a line")->check(CLI::ExistingFile);
    sub->add_option("--client-keys", options.client_keys, "file: public keys of clients, one a line; makes none")
        ->check(CLI::ExistingFile)
        ->excludes(clients);
    sub->add_option("--base-port", options.base_port,
                    "replica I listens on this port + I; default: free ports, or 7000 with --hosts")
        ->check(CLI::Range(1024, 65000));
    json(sub);
  }

  void add_keygen() {
    CLI::App* sub = app_.add_subcommand("keygen", "make key files and print their public keys");
    sub->footer(help::keygen);
    sub->add_option("FILE", into_->key_files, "key file to make, mode 0600; its directory is made too")->required();
    json(sub);
    sub->callback([this_line = &line_, into = into_] {
      this_line->run = [into] { return keygen(into->key_files, into->json); };
    });
  }

  void add_traitors() {
    CLI::App* sub = app_.add_subcommand("traitors", "list the liars that 'cluster start --traitor' can run");
    sub->footer(help::traitors);
    json(sub);
    sub->callback(
        [this_line = &line_, into = into_] { this_line->run = [into] { return list_traitors(into->json); }; });
  }

  CLI::App& app_;
  Line& line_;
  std::shared_ptr<ClusterLine> into_;
  CLI::App* cluster_ = nullptr;
};

}  // namespace

void add_cluster_commands(CLI::App& app, Line& line) {
  Commands commands(app, line);
  commands.add_making();
  commands.add_looking();
  commands.add_running();
  commands.add_keeping();
}

}  // namespace quorate::command
