#include "replica/options.h"

#include <CLI/CLI.hpp>

#include "replica/verify_pool.h"

namespace quorate {

std::variant<Options, ExitStatus> parse_options(int argc, char** argv) {
  Options options;
  bool init = false;
  bool check = false;
  bool position = false;
  CLI::App app("One replica of a Quorate cluster.", "quorate-replica");
  app.footer(
      "Files beside the cluster file: replica-ID/key (mode 0600), replica-ID/log, replica-ID/state.\n"
      "Exit status: 0 clean stop; 2 command line, cluster file or key file; 3 store missing, damaged, locked or of\n"
      "another cluster; 4 cannot listen; 5 a durable write failed.");
  app.add_option("--cluster", options.cluster_file, "the cluster file, cluster.toml")->required();
  app.add_option("--id", options.id.value, "which replica of it this process is")->required();
  auto* init_flag = app.add_flag("--init", init, "create the empty stores and exit; once, at the birth of the cluster");
  app.add_flag("--check", check, "check the stores for damage and exit")->excludes(init_flag);
  app.add_flag("--position", position, "print the last slot in the stores and exit; the replica may run");
  auto* backup = app.add_option("--backup", options.copy,
                                "copy the stores to this new directory and exit; the replica "
                                "may run");
  auto* restore = app.add_option("--restore", options.copy,
                                 "make the stores from such a copy and exit; only when all "
                                 "replicas of the cluster do");
  restore->excludes(backup);
  app.add_option("--listen", options.listen, "address to listen at; default: this replica's host in the cluster file");
  app.add_option("--log-level", options.log_level, "what is logged to stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "critical", "off"}))
      ->capture_default_str();
  app.add_option("--log-file", options.log_file,
                 "log to this file, rotated and bounded: FILE.log, FILE.1.log, …; default: to stderr");
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
  app.add_option(
         "--view-timeout-ms", options.view_timeout_ms,
         "a primary under which nothing moves on for so long is complained about; well above a forced write and "
         "a round trip")
      ->envname("QUORATE_VIEW_TIMEOUT_MS")
      ->check(CLI::Range(20, 3'600'000))
      ->capture_default_str();
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
