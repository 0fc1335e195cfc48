// What both stores share: making the files once, whose they are, and the check of every record before they are used.
//
// A store is a directory with LMDB's data.mdb and lock.mdb and our owner.lock. Its record 0x00 is its identity: kind,
// disk version, cluster, replica. Only create_store makes one. Not here: what the other records mean.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "crypto/digest.h"
#include "messages/types.h"
#include "replica/storage/lmdb_environment.h"
#include "replica/storage/owner_lock.h"

namespace quorate {

enum class StoreKind : std::uint8_t { log = 1, state = 2 };

struct StoreIdentity {
  static constexpr std::uint32_t disk_version = 6;
  StoreKind kind = StoreKind::log;
  Digest cluster_id;
  ReplicaId replica;
};

/// What is wrong with one record, in words; nothing if it is sound. May look at other records of the transaction.
using RecordCheck = std::function<std::optional<std::string>(StoreTransaction&, const Cursor::Entry&)>;

/// Makes the directory and a store that holds `records` beside its identity, all forced. `map_bytes_max` 0: LMDB's
/// default, enough for a few records. Errors: the directory is there and not empty.
Result<void> create_store(const std::filesystem::path& directory, const StoreIdentity& identity,
                          std::span<const std::pair<Bytes, Bytes>> records, std::size_t map_bytes_max = 0);
/// Errors: another kind, version, cluster or replica, or no identity at all.
Result<void> check_identity(const LmdbEnvironment& environment, const std::filesystem::path& directory,
                            StoreTransaction& transaction, const StoreIdentity& expected);

/// A store in use by this process.
struct OpenStore {
  OwnerLock lock;
  std::unique_ptr<LmdbEnvironment> environment;
};

/// Takes the lock and checks every record, as read from the disk and not from the page cache, in a child process.
/// Errors: no store, in use, another kind, version, cluster or replica, damage.
Result<OpenStore> open_store(const std::filesystem::path& directory, const StoreIdentity& identity,
                             std::size_t map_bytes_max, const RecordCheck& check_record);

}  // namespace quorate
