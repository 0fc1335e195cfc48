#include "replica/storage/lmdb_environment.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace quorate {
namespace {

constexpr mdb_mode_t file_mode = 0600;

// LMDB's structs hold pointers to what it only reads.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
MDB_val as_value(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }
ByteView as_view(const MDB_val& value) { return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size}; }

const char* advice(int code) {
  switch (code) {
    case MDB_MAP_FULL:
      return "The store has reached its largest allowed size. What was confirmed is safe. Allow it a larger map, then "
             "start the replica again.";
    case ENOSPC:
    case EDQUOT:
      return "The disk is full. What was confirmed is safe. Free space, then start the replica again.";
    case EIO:
      return "The disk failed, or it is full. What was confirmed is safe if the disk still holds it. Look at the "
             "system's log, then start the replica again: it checks the whole store.";
    case EACCES:
    case EPERM:
      return "Run the replica as the owner of this directory.";
    case ENOENT:
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
      return "The file is damaged or no store of Quorate. What it held comes from the other replicas at the next start "
             "of "
             "this one. Never put back an older copy.";
    default:
      return "Look at the system's log and at the file's owner and mode, then start the replica again.";
  }
}

}  // namespace

LmdbEnvironment::LmdbEnvironment(std::filesystem::path directory, MDB_env* handle)
    : directory_(std::move(directory)), handle_(handle) {}

LmdbEnvironment::~LmdbEnvironment() { mdb_env_close(handle_); }

Result<std::unique_ptr<LmdbEnvironment>> LmdbEnvironment::open(const std::filesystem::path& directory, Access access,
                                                               std::size_t map_bytes_max) {
  MDB_env* handle = nullptr;
  if (mdb_env_create(&handle) != 0) return failure("cannot open store '" + directory.string() + "': out of memory");
  std::unique_ptr<LmdbEnvironment> environment(new LmdbEnvironment(directory, handle));
  const auto failed = [&](int code) { return tl::unexpected<Error>(environment->error("open", code)); };

  if (map_bytes_max != 0)
    if (const int code = mdb_env_set_mapsize(handle, map_bytes_max)) return failed(code);
  const unsigned flags = MDB_NOTLS | (access == Access::read_only ? MDB_RDONLY : 0U);
  if (const int code = mdb_env_open(handle, directory.c_str(), flags, file_mode)) return failed(code);

  MDB_txn* transaction = nullptr;
  if (const int code = mdb_txn_begin(handle, nullptr, MDB_RDONLY, &transaction)) return failed(code);
  const int code = mdb_dbi_open(transaction, nullptr, 0, &environment->database_);
  mdb_txn_abort(transaction);
  if (code != 0) return failed(code);
  return environment;
}

void LmdbEnvironment::forget_dead_readers() const {
  int dead = 0;
  mdb_reader_check(handle_, &dead);
}

Error LmdbEnvironment::error(const std::string& doing, int code) const {
  const bool damaged = code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND;
  return Error{"cannot " + doing + " store '" + directory_.string() + "': " + mdb_strerror(code) + ". " + advice(code),
               damaged ? ErrorKind::damaged : ErrorKind::other};
}

Error LmdbEnvironment::damage(const std::string& what) const {
  return Error{"store '" + directory_.string() + "' is damaged: " + what + ". " + advice(MDB_CORRUPTED),
               ErrorKind::damaged};
}

StoreTransaction::StoreTransaction(const LmdbEnvironment& environment, Mode mode) : environment_(environment) {
  note(mode == Mode::read ? "read" : "write to",
       mdb_txn_begin(environment.handle_, nullptr, mode == Mode::read ? MDB_RDONLY : 0U, &handle_));
}

StoreTransaction::~StoreTransaction() {
  if (handle_ != nullptr) mdb_txn_abort(handle_);
}

void StoreTransaction::note(const char* doing, int code) {
  if (code != 0 && !error_) error_ = environment_.error(doing, code);
}

std::optional<ByteView> StoreTransaction::get(ByteView key) {
  if (failed()) return std::nullopt;
  MDB_val wanted = as_value(key);
  MDB_val found{};
  const int code = mdb_get(handle_, environment_.database_, &wanted, &found);
  if (code == 0) return as_view(found);
  if (code != MDB_NOTFOUND) note("read", code);
  return std::nullopt;
}

void StoreTransaction::put(ByteView key, ByteView value) {
  if (failed()) return;
  MDB_val at = as_value(key);
  MDB_val data = as_value(value);
  note("write to", mdb_put(handle_, environment_.database_, &at, &data, 0));
}

void StoreTransaction::erase(ByteView key) {
  if (failed()) return;
  MDB_val at = as_value(key);
  const int code = mdb_del(handle_, environment_.database_, &at, nullptr);
  if (code != MDB_NOTFOUND) note("write to", code);
}

void StoreTransaction::release() {
  if (!failed()) mdb_txn_reset(handle_);
}

void StoreTransaction::renew() {
  if (failed()) return;
  mdb_txn_reset(handle_);
  note("read", mdb_txn_renew(handle_));
}

std::size_t StoreTransaction::entries() {
  if (failed()) return 0;
  MDB_stat stat{};
  note("read", mdb_stat(handle_, environment_.database_, &stat));
  return stat.ms_entries;
}

// Database 0 of LMDB maps a transaction's number to the pages that it freed: a count, then that many page numbers.
bool StoreTransaction::free_list_is_sound() {
  if (failed()) return false;
  MDB_envinfo info{};
  note("read", mdb_env_info(environment_.handle_, &info));
  MDB_cursor* cursor = nullptr;
  note("read", mdb_cursor_open(handle_, 0, &cursor));
  if (failed()) return false;
  std::vector<std::size_t> pages;
  bool sound = true;
  MDB_val key{};
  MDB_val value{};
  int code = 0;
  while (sound && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
    std::vector<std::size_t> listed(value.mv_size / sizeof(std::size_t));
    if (!listed.empty()) std::memcpy(listed.data(), value.mv_data, listed.size() * sizeof(std::size_t));
    sound = !listed.empty() && listed[0] < listed.size();
    if (sound)
      pages.insert(pages.end(), listed.begin() + 1, listed.begin() + 1 + static_cast<std::ptrdiff_t>(listed[0]));
  }
  mdb_cursor_close(cursor);
  sound = sound && code == MDB_NOTFOUND;
  std::sort(pages.begin(), pages.end());
  constexpr std::size_t first_page = 2;  // after the two meta pages
  return sound && (pages.empty() || (pages.front() >= first_page && pages.back() <= info.me_last_pgno)) &&
         std::adjacent_find(pages.begin(), pages.end()) == pages.end();
}

bool StoreTransaction::failed() const { return error_.has_value(); }

Result<void> StoreTransaction::status() const {
  if (error_) return tl::unexpected<Error>(*error_);
  return {};
}

Result<void> StoreTransaction::commit() {
  if (!failed()) note("write to", mdb_txn_commit(std::exchange(handle_, nullptr)));
  return status();
}

Cursor::Cursor(StoreTransaction& transaction) : transaction_(transaction) {
  if (!transaction.failed())
    transaction.note("read", mdb_cursor_open(transaction.handle_, transaction.environment_.database_, &handle_));
}

Cursor::~Cursor() {
  if (handle_ != nullptr) mdb_cursor_close(handle_);
}

std::optional<Cursor::Entry> Cursor::move(MDB_val key, MDB_cursor_op operation) {
  if (transaction_.failed()) return std::nullopt;
  MDB_val value{};
  const int code = mdb_cursor_get(handle_, &key, &value, operation);
  if (code == 0) return Entry{as_view(key), as_view(value)};
  if (code != MDB_NOTFOUND) transaction_.note("read", code);
  return std::nullopt;
}

std::optional<Cursor::Entry> Cursor::seek(ByteView from) {
  return from.empty() ? move({}, MDB_FIRST) : move(as_value(from), MDB_SET_RANGE);
}

std::optional<Cursor::Entry> Cursor::next() { return move({}, MDB_NEXT); }

std::optional<Cursor::Entry> Cursor::at_or_before(ByteView key) {
  const auto found = move(as_value(key), MDB_SET_RANGE);
  if (!found) return move({}, MDB_LAST);
  return std::ranges::equal(found->key, key) ? found : move({}, MDB_PREV);
}

void Cursor::put(ByteView key, ByteView value, unsigned flags) {
  if (transaction_.failed()) return;
  MDB_val at = as_value(key);
  MDB_val data = as_value(value);
  transaction_.note("write to", mdb_cursor_put(handle_, &at, &data, flags));
}

void Cursor::put(ByteView key, ByteView value) { put(key, value, 0); }
void Cursor::put_last(ByteView key, ByteView value) { put(key, value, MDB_APPEND); }

void Cursor::renew() {
  if (!transaction_.failed()) transaction_.note("read", mdb_cursor_renew(transaction_.handle_, handle_));
}

}  // namespace quorate
