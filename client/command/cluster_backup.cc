// cluster backup and restore. quorate-replica copies and lays out stores; here is which replica is copied, and that a
// restore happens to all replicas or to none: one that went back alone would have forgotten votes.
#include <charconv>
#include <iostream>

#include "client/command/hosts.h"
#include "client/command/local_cluster.h"
#include "client/command/process.h"
#include "client/command/restore_swap.h"

namespace quorate::command {
namespace {

std::vector<std::string> replica_words(const std::filesystem::path& cluster_file, ReplicaId replica) {
  return {replica_program().string(),
          "--cluster",
          cluster_file.string(),
          "--id",
          std::to_string(replica.value),
          "--log-level",
          "error"};
}

/// The last slot that a replica's stores hold; nothing when they cannot be read (the program has said why).
std::optional<std::uint64_t> position_of(const LocalCluster& cluster, ReplicaId replica) {
  auto words = replica_words(cluster.directory.cluster_file(), replica);
  words.emplace_back("--position");
  const auto heard = run_and_hear(std::move(words));
  std::uint64_t slot = 0;
  if (!heard || heard->status != 0) return std::nullopt;
  const auto read = std::from_chars(heard->out.data(), heard->out.data() + heard->out.size(), slot);
  return read.ec == std::errc() ? std::optional(slot) : std::nullopt;
}

/// The one that has come furthest.
std::optional<ReplicaId> replica_to_copy(const LocalCluster& cluster) {
  std::optional<ReplicaId> best;
  std::uint64_t furthest = 0;
  for (const ReplicaId replica : cluster.chosen) {
    if (!has_stores(cluster, replica)) continue;
    const auto slot = position_of(cluster, replica);
    if (!slot || (best && *slot <= furthest)) continue;
    best = replica;
    furthest = *slot;
  }
  return best;
}

Result<BackupNote> read_note(const std::filesystem::path& backup) {
  const auto path = backup / "backup.json";
  const auto text = read_text(path);
  if (!text) return failure("there is no whole backup in " + backup.string() + ": " + text.error().message);
  auto note = parse_backup_note(*text);
  if (!note) return failure(path.string() + ": " + note.error().message + "; the backup is damaged");
  return note;
}

/// New stores of one replica in the place for them, which looks like a cluster's directory.
Result<void> lay_out(const LocalCluster& cluster, ReplicaId replica, const std::filesystem::path& from) {
  const auto file = restore_place(cluster.directory) / "cluster.toml";
  std::error_code error;
  std::filesystem::create_directories(replica_directory(file, replica), error);
  const auto key = replica_key_path(cluster.directory.cluster_file(), replica);
  if (!error) std::filesystem::create_hard_link(key, replica_key_path(file, replica), error);
  if (error) return failure(file.parent_path().string() + ": cannot be prepared: " + error.message());
  auto words = replica_words(file, replica);
  words.insert(words.end(), {"--restore", from.string()});
  const auto status = run_to_end(std::move(words));
  if (!status) return tl::unexpected(status.error());
  if (*status != 0) return failure("the stores of " + name_of(replica) + " could not be restored");
  return {};
}

Result<void> lay_out_all(const LocalCluster& cluster, const std::filesystem::path& from) {
  const auto place = restore_place(cluster.directory);
  std::error_code error;
  std::filesystem::remove_all(place, error);  // what an interrupted restore left before it was decided
  if (!error) std::filesystem::create_directory(place, error);
  if (error) return failure(place.string() + ": cannot be made: " + error.message());
  if (auto written = write_cluster_file(place / "cluster.toml", cluster.file); !written) return written;
  for (const ReplicaId replica : cluster.here)
    if (auto laid_out = lay_out(cluster, replica, from); !laid_out) return laid_out;
  return {};
}

std::optional<Status> refuse_restore(const LocalCluster& cluster, const BackupNote& note) {
  const std::string directory = cluster.directory.root.string();
  if (!cluster.whole()) {
    return fail(Status::usage, directory +
                                   " does not hold the keys of all replicas; on several machines, restore each as "
                                   "client/README.md says (A cluster on several machines)");
  }
  if (note.cluster_id != to_hex(cluster.file.genesis.cluster_id())) {
    return fail(Status::usage, "the backup is of another cluster: " + note.cluster_id + ", not " +
                                   to_hex(cluster.file.genesis.cluster_id()));
  }
  for (const ReplicaId replica : cluster.here) {
    if (!in_use(cluster.directory, replica)) continue;
    return fail(Status::not_met, name_of(replica) +
                                     " runs, and all replicas must go back together; stop them first: quorate cluster "
                                     "stop " +
                                     directory);
  }
  return std::nullopt;
}

}  // namespace

Status backup(const ClusterOptions& options, const std::filesystem::path& to) {
  auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  cluster->lock.reset();  // a copy may take long, and replicas may start and stop meanwhile
  const auto replica = options.replica ? cluster->chosen[0] : replica_to_copy(*cluster);
  if (!replica) return fail(Status::usage, "no replica here has stores that can be read");
  auto words = replica_words(options.directory.cluster_file(), *replica);
  words.insert(words.end(), {"--backup", to.string()});
  const auto status = run_to_end(std::move(words));
  if (!status) return fail(Status::usage, status.error().message);
  if (*status != 0) return fail(Status::usage, "no backup was made");
  const auto note = read_note(to);
  if (!note) return fail(Status::usage, note.error().message);
  if (options.json) {
    std::cout << json_of(*note, to.string()) << '\n';
  } else {
    std::cout << "backup of " << name_of(*replica) << " through slot " << note->slot << " in " << to.string()
              << " (without private keys: keep copies of the key files elsewhere)\n";
  }
  return Status::done;
}

Status restore(const ClusterOptions& options, const std::filesystem::path& from) {
  const auto note = read_note(from);
  if (!note) return fail(Status::usage, note.error().message);
  const auto cluster = hold_cluster(options);
  if (!cluster) return cluster.error();
  if (const auto refused = refuse_restore(*cluster, *note)) return *refused;
  if (const auto laid_out = lay_out_all(*cluster, from); !laid_out) {
    std::error_code ignored;
    std::filesystem::remove_all(restore_place(options.directory), ignored);
    return fail(Status::usage, laid_out.error().message + "; nothing was changed");
  }
  if (const auto decided = decide_restore(options.directory); !decided) {
    return fail(Status::usage, decided.error().message);
  }
  const auto finished = finish_restore(options.directory, cluster->file);
  if (!finished) return fail(Status::usage, finished.error().message);
  if (options.json) {
    std::cout << json_of(*note, options.directory.root.string()) << '\n';
  } else {
    std::cout << "all " << cluster->here.size() << " replicas are back at slot " << note->slot
              << "; what was written after it is gone\n";
  }
  return Status::done;
}

}  // namespace quorate::command
