// One process owns a store: a lock file of our own, because LMDB lets a second process in.
//
// The lock (flock) belongs to the open file: it ends with its owner, and with the process, however that dies. It
// refuses a second opening within one process too. The file holds the owner's process id as text, for the message to
// whoever comes second.
#pragma once

#include <filesystem>

#include "crypto/error.h"

namespace quorate {

class OwnerLock {
 public:
  /// Takes the lock of a store's directory, which must exist. Errors: another owner (with its process id), no access.
  static Result<OwnerLock> take(const std::filesystem::path& directory);
  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&&) = delete;
  ~OwnerLock();

 private:
  explicit OwnerLock(int file) : file_(file) {}
  int file_;
};

}  // namespace quorate
