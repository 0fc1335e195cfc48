#include "replica/storage/store_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "replica/storage/child_check.h"
#include "replica/storage/meta_pages.h"
#include "replica/storage/seal.h"

namespace quorate {
namespace {

const Bytes identity_key = {0};

Bytes encode_identity(const StoreIdentity& identity) {
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(identity.kind));
  writer.u32(StoreIdentity::disk_version);
  writer.raw(identity.cluster_id.bytes);
  writer.u32(identity.replica.value);
  return seal(identity_key, writer.view());
}

std::string name_of(const std::filesystem::path& directory) { return "store '" + directory.string() + "'"; }

// The count in LMDB's tree header and the order of the keys show records that a damaged branch page hides or repeats.
Result<void> walk(const std::filesystem::path& directory, const StoreIdentity& identity,
                  const RecordCheck& check_record) {
  const auto opened = LmdbEnvironment::open(directory, LmdbEnvironment::Access::read_only, 0);
  if (!opened) return tl::unexpected<Error>(opened.error());
  const LmdbEnvironment& environment = **opened;
  const auto damaged = [&](const std::string& what) { return tl::unexpected<Error>(environment.damage(what)); };
  StoreTransaction transaction(environment, StoreTransaction::Mode::read);
  if (auto ours = check_identity(environment, directory, transaction, identity); !ours) return ours;

  std::size_t count = 0;
  Bytes previous;
  Cursor cursor(transaction);
  for (auto entry = cursor.seek({}); entry; entry = cursor.next()) {
    if (!std::lexicographical_compare(previous.begin(), previous.end(), entry->key.begin(), entry->key.end()))
      return damaged("its records are out of order");
    previous.assign(entry->key.begin(), entry->key.end());
    ++count;
    if (previous == identity_key) continue;
    if (const auto wrong = check_record(transaction, *entry)) return damaged(*wrong);
  }
  if (auto read = transaction.status(); !read) return read;
  if (count != transaction.entries())
    return damaged(std::to_string(count) + " records found where " + std::to_string(transaction.entries()) +
                   " should be");
  if (!transaction.free_list_is_sound()) return damaged("LMDB's list of free pages is wrong");
  return {};
}

/// After a failed force the page cache may hold what the disk does not: whoever checks must read the disk.
Result<void> forget_cached_pages(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool read = descriptor >= 0 && ::fdatasync(descriptor) == 0;
  const int error = errno;
  if (read) ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  if (descriptor >= 0) ::close(descriptor);
  if (read) return {};
  return failure("cannot read '" + file.string() + "': " + std::strerror(error) +
                 ". Look at the system's log and at the file's owner and mode.");
}

Result<OwnerLock> lock_and_check(const std::filesystem::path& directory, const StoreIdentity& identity,
                                 const RecordCheck& check_record) {
  const std::filesystem::path file = directory / "data.mdb";
  std::error_code unreadable;
  if (!std::filesystem::exists(file, unreadable))
    return failure("there is no store in '" + directory.string() +
                       "'. Stores are made once, by 'quorate cluster create' or 'quorate-replica --init'.",
                   ErrorKind::missing);
  auto lock = OwnerLock::take(directory);
  if (!lock) return lock;
  if (const auto fresh = forget_cached_pages(file); !fresh) return tl::unexpected<Error>(fresh.error());
  const auto finding = check_in_child([&] { return walk(directory, identity, check_record); });
  if (!finding)
    return failure(name_of(directory) +
                       " is damaged: reading its file stops a process (a page is missing or wrong). What it held comes "
                       "from the other replicas.",
                   ErrorKind::damaged);
  if (!*finding) return tl::unexpected<Error>(finding->error());
  if (const auto metas = check_meta_pages(file); !metas) return tl::unexpected<Error>(metas.error());
  return lock;
}

Result<void> force_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool forced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (forced) return {};
  return failure("cannot force directory '" + directory.string() + "': " + std::strerror(error));
}

Result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  const bool empty = !error && std::filesystem::is_empty(directory, error);
  if (error) return failure("cannot make directory '" + directory.string() + "': " + error.message());
  if (!empty)
    return failure("cannot make a store in '" + directory.string() +
                   "': something is there already. A store is never overwritten: choose another directory, or remove "
                   "it if it belongs to no cluster.");
  return {};
}

}  // namespace

// The version is judged before what follows it, because another version may go on differently.
Result<void> check_identity(const LmdbEnvironment& environment, const std::filesystem::path& directory,
                            StoreTransaction& transaction, const StoreIdentity& expected) {
  const std::string name = name_of(directory);
  const auto value = transaction.get(identity_key);
  if (const auto read = transaction.status(); !read) return read;
  if (!value && transaction.entries() == 0)
    return failure(name + " is empty: its creation was interrupted.", ErrorKind::missing);
  const auto payload = value ? unseal(identity_key, *value) : std::nullopt;
  if (!payload) return tl::unexpected<Error>(environment.damage("the identity of the store is missing or wrong"));

  ByteReader reader(*payload);
  const std::uint8_t kind = reader.u8();
  const std::uint32_t version = reader.u32();
  if (version != StoreIdentity::disk_version)
    return failure(name + " has disk version " + std::to_string(version) + ", this program knows version " +
                   std::to_string(StoreIdentity::disk_version) + ": the " +
                   (version > StoreIdentity::disk_version ? "store" : "program") +
                   " is newer. Start a program of the version that wrote it.");
  if (kind != static_cast<std::uint8_t>(expected.kind))
    return failure(name + " is of the other kind: log and state directories are swapped. Correct the paths.");
  const Digest cluster_id{reader.array<Digest::size>()};
  const ReplicaId replica(reader.u32());
  if (cluster_id != expected.cluster_id)
    return failure(name + " belongs to cluster " + to_hex(cluster_id) + ", not to " + to_hex(expected.cluster_id) +
                   ". Correct the path or the cluster file.");
  if (replica != expected.replica)
    return failure(name + " belongs to replica " + std::to_string(replica.value) + ", not to replica " +
                   std::to_string(expected.replica.value) + ". Correct the path or the replica's number.");
  return {};
}

Result<void> create_store(const std::filesystem::path& directory, const StoreIdentity& identity,
                          std::span<const std::pair<Bytes, Bytes>> records, std::size_t map_bytes_max) {
  if (const auto made = make_directory(directory); !made) return made;
  const auto lock = OwnerLock::take(directory);
  if (!lock) return tl::unexpected<Error>(lock.error());
  const auto environment = LmdbEnvironment::open(directory, LmdbEnvironment::Access::read_write, map_bytes_max);
  if (!environment) return tl::unexpected<Error>(environment.error());
  StoreTransaction transaction(**environment, StoreTransaction::Mode::write);
  transaction.put(identity_key, encode_identity(identity));
  for (const auto& [key, value] : records) transaction.put(key, value);
  if (auto committed = transaction.commit(); !committed) return committed;
  if (auto forced = force_directory(directory); !forced) return forced;
  return force_directory(std::filesystem::absolute(directory).lexically_normal().parent_path());
}

Result<OpenStore> open_store(const std::filesystem::path& directory, const StoreIdentity& identity,
                             std::size_t map_bytes_max, const RecordCheck& check_record) {
  auto lock = lock_and_check(directory, identity, check_record);
  if (!lock) return tl::unexpected<Error>(lock.error());
  auto environment = LmdbEnvironment::open(directory, LmdbEnvironment::Access::read_write, map_bytes_max);
  if (!environment) return tl::unexpected<Error>(environment.error());
  return OpenStore{std::move(*lock), std::move(*environment)};
}

}  // namespace quorate
