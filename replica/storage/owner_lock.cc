#include "replica/storage/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace quorate {
namespace {

std::string owner_in(int file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::filesystem::path& directory) {
  const std::string path = directory / "owner.lock";
  OwnerLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0)
    return failure("cannot open lock file '" + path + "': " + std::strerror(errno) +
                   ". Run the replica as the owner of this directory.");
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure("cannot lock '" + path + "': " + std::strerror(errno));
    return failure("store '" + directory.string() + "' is in use by process " + owner_in(lock.file_) +
                   ". Stop that process first.");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.file_, 0) != 0 || ::pwrite(lock.file_, pid.data(), pid.size(), 0) < 0)
    return failure("cannot write lock file '" + path + "': " + std::strerror(errno) + ". Is the disk full?");
  return lock;
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

// Closing alone would leave the lock with a process that was forked meanwhile, to check another store, and still holds
// the file.
OwnerLock::~OwnerLock() {
  if (file_ < 0) return;
  ::flock(file_, LOCK_UN);
  ::close(file_);
}

}  // namespace quorate
