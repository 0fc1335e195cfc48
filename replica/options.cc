#include "replica/options.h"

#include <CLI/CLI.hpp>

#include "replica/verify_pool.h"

namespace quorate {
namespace {

const char* const about =
    R"(One replica of a Quorate cluster: it serves until it gets SIGTERM or SIGINT. 'quorate cluster start' runs it on this
machine; on real hosts a supervisor does, and may start it again whenever it ended.

Beside the cluster file stand replica-ID/key (mode 0600), replica-ID/log and replica-ID/state, made by --init, once, at the
birth of the cluster. What of them is missing or damaged at a start is begun anew and comes from the other replicas. A
replica without its log is mute until the others have let it in again, which it asks for by itself; so is one that finds
that its log is an older copy. When a write cannot be made durable (the disk is full, or fails) the replica says so and
ends at once; nothing that was acknowledged is lost, and the next start goes on.)";

const char* const footer =
    R"(Exit status:
  0  stopped cleanly, or what was asked for is done
  2  the command line, the cluster file or the key file is wrong
  3  a store is missing, damaged, locked, or of another cluster or version
  4  cannot listen at the address
  5  a write to a store failed

Examples:
  quorate-replica --cluster /etc/quorate/cluster.toml --id 2 --log-file /var/log/quorate/replica-2.log
  quorate-replica --cluster c/cluster.toml --id 2 --check --json)";

void add_times(CLI::App& app, Options& options) {
  app.add_option(
         "--view-timeout-ms", options.view_timeout_ms,
         "a primary under which nothing moves on for so long is complained about; well above a forced write and "
         "a round trip")
      ->envname("QUORATE_VIEW_TIMEOUT_MS")
      ->check(CLI::Range(20, 3'600'000))
      ->capture_default_str();
  app.add_option("--scrub-seconds", options.scrub_seconds,
                 "from one reading of all records of the stores, in search of damage, to the next")
      ->envname("QUORATE_SCRUB_SECONDS")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

}  // namespace

std::variant<Options, ExitStatus> parse_options(int argc, char** argv) {
  Options options;
  bool init = false;
  bool check = false;
  bool position = false;
  CLI::App app(about, "quorate-replica");
  app.footer(footer);
  app.add_option("--cluster", options.cluster_file, "the cluster file, cluster.toml")->required()->type_name("FILE");
  app.add_option("--id", options.id.value, "which replica of it this process is")->required()->type_name("ID");

  auto* init_flag = app.add_flag(
      "--init", init, "make the empty stores; once, at the birth of the cluster, never in the place of lost ones");
  auto* check_flag = app.add_flag("--check", check, "check the stores for damage and tell what is in them");
  check_flag->excludes(init_flag);
  app.add_flag("--json", options.json, "what --check tells as JSON")->needs(check_flag);
  app.add_flag("--position", position, "print the last slot in the stores; the replica may run");
  auto* backup = app.add_option("--backup", options.copy, "copy the stores to this new directory; the replica may run");
  auto* restore = app.add_option("--restore", options.copy,
                                 "make the stores from such a copy; only when all replicas of the cluster do");
  restore->excludes(backup);
  for (CLI::Option* option : {backup, restore}) option->type_name("DIR");

  app.add_option("--listen", options.listen, "address to listen at; default: this replica's host in the cluster file")
      ->type_name("ADDRESS");
  app.add_option("--log-level", options.log_level, "how much is logged")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "critical", "off"}))
      ->capture_default_str();
  app.add_option("--log-file", options.log_file,
                 "log to NAME.log, which is rotated and bounded (NAME.1.log is older); default: to standard error")
      ->type_name("NAME.log");
  app.add_option_function<std::size_t>(
         "--log-file-kb", [&](const std::size_t& kb) { options.log_limits.file_bytes_max = kb << 10; },
         "size of each of its files in KiB")
      ->check(CLI::Range(4, 1 << 20))
      ->default_str("4096");
  app.add_option("--log-files", options.log_limits.files, "number of its files")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  app.add_option("--pipeline-depth", options.pipeline_depth, "batches that the primary has under way at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--retained-log-mb", options.retained_log_mb, "bodies kept in the log for replicas that were away")
      ->envname("QUORATE_RETAINED_LOG_MB")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  add_times(app, options);
  options.verify_threads = VerifyPool::helpers_for_this_machine();
  app.add_option("--verify-threads", options.verify_threads, "threads that check signatures beside the main one")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitStatus::clean : ExitStatus::usage;
  }
  if (init) options.mode = Options::Mode::init;
  if (check) options.mode = Options::Mode::check;
  if (position) options.mode = Options::Mode::position;
  if (*backup) options.mode = Options::Mode::backup;
  if (*restore) options.mode = Options::Mode::restore;
  return options;
}

}  // namespace quorate
