// LMDB with our rules: which flags an environment has, and errors that say what to do.
//
// Flags: never NOSYNC, NOMETASYNC, WRITEMAP, MAPASYNC, NOLOCK; NOTLS, so that a read transaction belongs to an object
// and not to a thread. A transaction remembers its first failure, after which its calls do nothing; `status` and
// `commit` report it. A write transaction lives and dies on the thread that began it. Not here: what is in the records.
#pragma once

#include <lmdb.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "crypto/bytes.h"
#include "crypto/error.h"

namespace quorate {

class LmdbEnvironment {
 public:
  enum class Access { read_write, read_only };

  /// Opens the environment in a directory that exists; creates its files when access is read_write and there are none.
  /// `map_bytes_max` 0: as large as the file needs.
  static Result<std::unique_ptr<LmdbEnvironment>> open(const std::filesystem::path& directory, Access access,
                                                       std::size_t map_bytes_max);
  ~LmdbEnvironment();
  LmdbEnvironment(const LmdbEnvironment&) = delete;
  LmdbEnvironment& operator=(const LmdbEnvironment&) = delete;

  /// Frees the places of readers that died in the middle: they keep pages from being used again.
  void forget_dead_readers() const;

  /// What `code` means for this store, and what to do.
  Error error(const std::string& doing, int code) const;
  /// The message for a record that does not hold what it should.
  Error damage(const std::string& what) const;

 private:
  friend class StoreTransaction;
  friend class Cursor;
  LmdbEnvironment(std::filesystem::path directory, MDB_env* handle);
  std::filesystem::path directory_;
  MDB_env* handle_;
  MDB_dbi database_ = 0;
};

class StoreTransaction {
 public:
  enum class Mode { read, write };

  StoreTransaction(const LmdbEnvironment& environment, Mode mode);
  ~StoreTransaction();
  StoreTransaction(const StoreTransaction&) = delete;
  StoreTransaction& operator=(const StoreTransaction&) = delete;

  /// A view into the map: until the next put, erase or renewal, or the end of the transaction.
  std::optional<ByteView> get(ByteView key);
  void put(ByteView key, ByteView value);
  /// Nothing happens when the key is absent.
  void erase(ByteView key);
  /// A read transaction moves to the newest commit.
  void renew();
  /// Lets go of the snapshot until it is renewed: as long as one is held, no page that it needs is used again.
  void release();
  /// Number of records in the database.
  std::size_t entries();
  /// Reads LMDB's list of free pages. True when every page of it is in the file's range and stands there once.
  bool free_list_is_sound();

  bool failed() const;
  Result<void> status() const;
  /// Makes everything durable: data pages are forced, then the meta page. Never call it again after an error.
  Result<void> commit();

 private:
  friend class Cursor;
  void note(const char* doing, int code);

  const LmdbEnvironment& environment_;
  MDB_txn* handle_ = nullptr;
  std::optional<Error> error_;
};

/// Walks a transaction's records in key order. Failures are the transaction's.
class Cursor {
 public:
  struct Entry {
    ByteView key;
    ByteView value;
  };

  explicit Cursor(StoreTransaction& transaction);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// The first entry with a key ≥ `from`; an empty `from` is the first of all.
  std::optional<Entry> seek(ByteView from);
  std::optional<Entry> next();
  /// The last entry with a key ≤ `key`.
  std::optional<Entry> at_or_before(ByteView key);
  /// Faster than the transaction's put when keys come in order.
  void put(ByteView key, ByteView value);
  /// For a key beyond all that are there: fills pages, where put leaves them half empty.
  void put_last(ByteView key, ByteView value);
  /// After the transaction was renewed.
  void renew();

 private:
  std::optional<Entry> move(MDB_val key, MDB_cursor_op operation);
  void put(ByteView key, ByteView value, unsigned flags);

  StoreTransaction& transaction_;
  MDB_cursor* handle_ = nullptr;
};

}  // namespace quorate
