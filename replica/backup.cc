#include "replica/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "crypto/ed25519.h"
#include "messages/sign.h"
#include "messages/verify.h"
#include "replica/backup_note.h"
#include "replica/service/service.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "replica/storage/stores_snapshot.h"

namespace quorate {
namespace {

using Path = std::filesystem::path;

constexpr const char* log_name = "log";
constexpr const char* state_name = "state";
constexpr const char* note_name = "backup.json";

SequenceNumber stable_of(const LogImage& log) { return log.stable ? log.stable->n : SequenceNumber(); }
SequenceNumber end_of(const LogImage& log) { return log.bodies_collected + log.committed.size(); }

/// That every proof holds. Its own disk is not what a replica should believe for ever.
Result<void> verify(const LogImage& log, const Genesis& genesis) {
  const Ed25519Scheme scheme;
  Verifier verifier(genesis, scheme);
  if (log.stable && !verifier.verify(*log.stable)) {
    return failure("the proof of checkpoint " + std::to_string(log.stable->n.value) + " is wrong");
  }
  for (const auto& [n, batch] : log.committed) {
    if (!verifier.verify(batch)) return failure("the proof of slot " + std::to_string(n.value) + " is wrong");
  }
  return {};
}

/// That a cluster in which all have only this can go on: nobody could give it what is missing here.
Result<void> suffices(const LogImage& log, const Genesis& genesis) {
  const SequenceNumber h = stable_of(log);
  const SequenceNumber end = end_of(log);
  if (h <= end && end <= h + genesis.log_window) return {};
  return failure("this replica has slots through " + std::to_string(end.value) + " and knows of checkpoint " +
                 std::to_string(h.value) + ": it is catching up; wait, or copy another replica");
}

/// A moment of the stores, and what of its log proves itself.
struct StoresMoment {
  std::unique_ptr<StoresSnapshot> stores;
  LogImage log;
};

Result<StoresMoment> moment_of(Result<std::unique_ptr<StoresSnapshot>> stores) {
  if (!stores) return tl::unexpected<Error>(stores.error());
  auto log = (*stores)->decided();
  if (!log) return tl::unexpected<Error>(log.error());
  return StoresMoment{std::move(*stores), std::move(*log)};
}

Result<StoresMoment> checked(Result<StoresMoment> moment, const Genesis& genesis) {
  if (!moment) return moment;
  if (auto good = suffices(moment->log, genesis); !good) return tl::unexpected<Error>(good.error());
  if (auto good = verify(moment->log, genesis); !good) return tl::unexpected<Error>(good.error());
  return moment;
}

struct Destination {
  Path log;
  Path state;
  ReplicaId replica;
  const Signer* signer = nullptr;  // null: no vote of anybody
};

/// The state first: without its log nobody starts with it. When the state is ahead of the stable checkpoint, a
/// replica says so with a CHECKPOINT of its own, since it will not execute that slot again and h must rise to it.
Result<void> lay_out(StoresSnapshot& snapshot, LogImage log, const Genesis& genesis, const Destination& to) {
  if (auto copied = snapshot.copy_state(to.state, to.replica); !copied) return copied;
  auto state = StateStore::open(to.state, genesis.cluster_id(), to.replica, StateStoreOptions{});
  if (!state) return tl::unexpected<Error>(state.error());
  const Service service(genesis, **state);
  const SequenceNumber slot = snapshot.state();
  if (service.last_executed() != slot) return failure("the state is not of the slot that it names");
  if (log.stable && log.stable->n == slot && log.stable->root != (*state)->root()) {
    return failure("the state at slot " + std::to_string(slot.value) +
                   " is not the one that the cluster agreed on: never use this replica's copy");
  }
  if (to.signer != nullptr && slot > stable_of(log)) {
    Checkpoint own{slot, (*state)->root(), to.replica, {}};
    MessageSigner(genesis.cluster_id(), *to.signer).sign(own);
    log.own_checkpoints.emplace(slot, own);
  }
  return LogStore::create(to.log, genesis.cluster_id(), to.replica, log);
}

Result<std::unique_ptr<StoresSnapshot>> own_stores(const Options& options, const ClusterFile& cluster) {
  return StoresSnapshot::open(replica_log_path(options.cluster_file, options.id),
                              replica_state_path(options.cluster_file, options.id), cluster.genesis.cluster_id(),
                              options.id);
}

Result<void> force_directory(const Path& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool forced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (forced) return {};
  return failure(directory.string() + ": cannot be forced to disk: " + std::strerror(error));
}

Result<void> fill_backup(StoresSnapshot& snapshot, LogImage log, const ClusterFile& cluster, ReplicaId replica,
                         const Path& place) {
  const BackupNote note{cluster.genesis.cluster_id(), replica, end_of(log)};
  auto laid_out =
      lay_out(snapshot, std::move(log), cluster.genesis, {place / log_name, place / state_name, replica, nullptr});
  if (!laid_out) return laid_out;
  if (auto written = write_cluster_file(place / "cluster.toml", cluster); !written) return written;
  if (auto written = write_backup_note(place / note_name, note); !written) return written;
  return force_directory(place);
}

/// A replica under load may be a little behind a checkpoint that the others have made stable: for moments only.
Result<StoresMoment> own_moment(const Options& options, const ClusterFile& cluster) {
  constexpr int retries = 20;
  for (int i = 0;; ++i) {
    auto moment = moment_of(own_stores(options, cluster));
    if (!moment || i == retries || suffices(moment->log, cluster.genesis)) {
      return checked(std::move(moment), cluster.genesis);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

Result<void> back_up(const Options& options, const ClusterFile& cluster) {
  std::error_code error;
  const Path to = std::filesystem::absolute(options.copy).lexically_normal();
  if (std::filesystem::exists(to, error)) return failure(to.string() + ": is there already; choose another name");
  auto moment = own_moment(options, cluster);
  if (!moment) return tl::unexpected<Error>(moment.error());
  // Filled under another name: what has the name is whole.
  Path place = to;
  place += ".part-" + std::to_string(::getpid());
  std::filesystem::create_directories(place, error);
  if (!error) std::filesystem::permissions(place, std::filesystem::perms::owner_all, error);
  if (error) return failure(place.string() + ": cannot be made: " + error.message());
  auto filled = fill_backup(*moment->stores, std::move(moment->log), cluster, options.id, place);
  if (filled) {
    std::filesystem::rename(place, to, error);
    if (error) filled = failure(to.string() + ": cannot be named: " + error.message());
  }
  if (filled) return force_directory(to.parent_path());
  std::filesystem::remove_all(place, error);
  return filled;
}

Result<void> restore_stores(const Options& options, const ClusterFile& cluster, const Signer& signer) {
  const Digest cluster_id = cluster.genesis.cluster_id();
  const auto note = read_backup_note(options.copy / note_name);
  if (!note) return tl::unexpected<Error>(note.error());
  if (note->cluster_id != cluster_id) {
    return failure(options.copy.string() + ": a backup of cluster " + to_hex(note->cluster_id) + ", not of " +
                   to_hex(cluster_id));
  }
  auto moment = checked(
      moment_of(StoresSnapshot::open(options.copy / log_name, options.copy / state_name, cluster_id, note->replica)),
      cluster.genesis);
  if (!moment) return tl::unexpected<Error>(moment.error());
  if (end_of(moment->log) != note->slot)
    return failure(options.copy.string() + ": its log does not end where it should");
  return lay_out(*moment->stores, std::move(moment->log), cluster.genesis,
                 {replica_log_path(options.cluster_file, options.id),
                  replica_state_path(options.cluster_file, options.id), options.id, &signer});
}

Result<SequenceNumber> position(const Options& options, const ClusterFile& cluster) {
  auto snapshot = own_stores(options, cluster);
  if (!snapshot) return tl::unexpected<Error>(snapshot.error());
  const auto log = (*snapshot)->decided();
  if (!log) return tl::unexpected<Error>(log.error());
  return end_of(*log);
}

}  // namespace quorate
