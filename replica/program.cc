#include "replica/program.h"

#include <spdlog/spdlog.h>

#include <asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <iostream>

#include "crypto/ed25519.h"
#include "crypto/key_file.h"
#include "replica/backup.h"
#include "replica/driver.h"
#include "replica/log_output.h"
#include "replica/options.h"
#include "replica/scrubber.h"
#include "replica/store_report.h"
#include "replica/stores.h"

namespace quorate {
namespace {

ExitStatus fail(ExitStatus status, const Error& error) {
  spdlog::critical("{}", error.message);
  return status;
}

/// The key that the cluster file names for this replica.
Result<SecretSeed> own_key(const Options& options, const ClusterFile& cluster) {
  const auto path = replica_key_path(options.cluster_file, options.id);
  auto seed = read_key_file(path);
  if (!seed) return seed;
  if (Ed25519Signer(*seed).public_key() != cluster.genesis.replica_keys[options.id.value]) {
    return failure(path.string() + ": not the key that " + options.cluster_file.string() + " names for replica " +
                   std::to_string(options.id.value) + "; restore the right one of the two files");
  }
  return seed;
}

std::vector<std::filesystem::path> watched_directories(const Options& options) {
  return {replica_log_path(options.cluster_file, options.id), replica_state_path(options.cluster_file, options.id)};
}

/// What the log may still take for batches that it retains, and as much again for the state to grow.
std::uint64_t free_bytes_min(const Options& options) { return (std::uint64_t{options.retained_log_mb} + 256) << 20; }

ExitStatus serve(const Options& options, const ClusterFile& cluster, const SecretSeed& seed,
                 const MakeMiddleman& make_middleman) {
  const Digest cluster_id = cluster.genesis.cluster_id();
  auto stores = open_stores(options, cluster_id);
  if (!stores) return fail(ExitStatus::store, stores.error());

  const Ed25519Signer signer(seed);
  const Ed25519Scheme scheme;
  const MessageSigner message_signer(cluster_id, signer);
  const Verifier verifier(cluster.genesis, scheme, 0);
  VerifyPool verifiers(cluster.genesis, scheme, options.verify_threads);
  CoreOptions core_options;
  core_options.pipeline_depth = options.pipeline_depth;
  core_options.view_timeout_us = std::uint64_t{options.view_timeout_ms} * 1000;
  core_options.view_timeout_max_us = 25 * core_options.view_timeout_us;

  asio::io_context main(1);
  std::unique_ptr<Middleman> middleman;
  if (make_middleman) {
    auto made =
        make_middleman({main, options.cluster_file, cluster, options.id, message_signer, core_options.view_timeout_us});
    if (!made) return fail(ExitStatus::usage, made.error());
    middleman = std::move(*made);
  }
  const DriverParts parts{&cluster,
                          options.id,
                          &signer,
                          &message_signer,
                          &verifier,
                          &verifiers,
                          stores->log.get(),
                          stores->state.get(),
                          options.listen,
                          watched_directories(options),
                          free_bytes_min(options),
                          middleman.get()};
  auto driver = Driver::restore(main, parts, core_options);
  if (!driver) return fail(ExitStatus::store, driver.error());
  asio::signal_set signals(main, SIGINT, SIGTERM);
  signals.async_wait([&](const asio::error_code&, int) {
    (*driver)->stop();
    main.stop();
  });
  const Scrubber scrubber(*stores->log, *stores->state, std::chrono::seconds(options.scrub_seconds));
  if (auto listening = (*driver)->start(); !listening) return fail(ExitStatus::listen, listening.error());
  main.run();
  return ExitStatus::clean;
}

/// Everything but serving.
ExitStatus work_on_stores(const Options& options, const ClusterFile& cluster, const SecretSeed& seed) {
  const Digest cluster_id = cluster.genesis.cluster_id();
  const auto told = [&](const Result<void>& done, const char* what) {
    if (!done) return fail(ExitStatus::store, done.error());
    spdlog::info("the stores of replica {} are {}", options.id.value, what);
    return ExitStatus::clean;
  };
  switch (options.mode) {
    case Options::Mode::init:
      return told(init_stores(options, cluster_id), "created");
    case Options::Mode::backup:
      return told(back_up(options, cluster), "copied");
    case Options::Mode::restore:
      return told(restore_stores(options, cluster, Ed25519Signer(seed)), "restored");
    case Options::Mode::position: {
      const auto slot = position(options, cluster);
      if (slot) std::cout << slot->value << '\n';
      return slot ? ExitStatus::clean : fail(ExitStatus::store, slot.error());
    }
    default: {
      const StoreReport report = check_stores(options, cluster_id);
      std::cout << (options.json ? to_json(report) : to_text(report));
      return report.in_order() ? ExitStatus::clean : ExitStatus::store;
    }
  }
}

}  // namespace

ExitStatus run_replica(int argc, char** argv, const MakeMiddleman& make_middleman) {
  log_to_stderr();
  const auto parsed = parse_options(argc, argv);
  if (const auto* status = std::get_if<ExitStatus>(&parsed)) return *status;
  const Options& options = std::get<Options>(parsed);
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  if (options.mode == Options::Mode::run && !options.log_file.empty()) {
    if (auto opened = log_to_file(options.log_file, options.log_limits); !opened) {
      return fail(ExitStatus::usage, opened.error());
    }
  }
  // A write that meets a limit must fail, not kill: a connection that ended, a file that may not grow.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);

  const auto cluster = read_cluster_file(options.cluster_file);
  if (!cluster) return fail(ExitStatus::usage, cluster.error());
  if (!cluster->genesis.knows(options.id)) {
    return fail(ExitStatus::usage, Error{options.cluster_file.string() + " has no replica " +
                                         std::to_string(options.id.value) + "; correct --id"});
  }
  const auto seed = own_key(options, *cluster);
  if (!seed) return fail(ExitStatus::usage, seed.error());
  if (options.mode == Options::Mode::run) return serve(options, *cluster, *seed, make_middleman);

  return work_on_stores(options, *cluster, *seed);
}

}  // namespace quorate
