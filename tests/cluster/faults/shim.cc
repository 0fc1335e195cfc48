// A faulty environment for one process: a library for LD_PRELOAD that does what a full disk, a disk that fails its
// forces or a wrong clock does.
//
// QUORATE_FAULTS names a directory; the faults last as long as these files are in it:
//   no-room    every file system says that no room is left
//   full       writes to regular files fail with ENOSPC
//   sync-fails fdatasync and fsync fail with EIO
//   clock-ms   the wall clock is off by the number of milliseconds in it
// Standard input, output and error are spared. Not here: what is lost with the power (power_loss/shim.cc).
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::string path_of(const char* fault) {
  const char* directory = std::getenv("QUORATE_FAULTS");
  return directory == nullptr ? std::string() : std::string(directory) + "/" + fault;
}

bool lasts(const char* fault) {
  const int before = errno;
  const bool there = ::access(path_of(fault).c_str(), F_OK) == 0;
  errno = before;
  return there;
}

bool finds_no_room(int descriptor) {
  struct stat status {};
  if (descriptor <= STDERR_FILENO || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (!lasts("full")) return false;
  errno = ENOSPC;
  return true;
}

long clock_ms() {
  const int file = ::open(path_of("clock-ms").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[32] = {};
  const ssize_t size = ::read(file, text, sizeof text - 1);
  ::close(file);
  return size > 0 ? std::strtol(text, nullptr, 10) : 0;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  return finds_no_room(descriptor) ? -1 : ::syscall(SYS_write, descriptor, data, size);
}
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  return finds_no_room(descriptor) ? -1 : ::syscall(SYS_writev, descriptor, parts, count);
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t at) {
  return finds_no_room(descriptor) ? -1 : ::syscall(SYS_pwrite64, descriptor, data, size, at);
}
ssize_t pwrite64(int descriptor, const void* data, size_t size, off_t at) { return pwrite(descriptor, data, size, at); }
ssize_t pwritev(int descriptor, const struct iovec* parts, int count, off_t at) {
  static auto* const real = next<ssize_t(int, const struct iovec*, int, off_t)>("pwritev");
  return finds_no_room(descriptor) ? -1 : real(descriptor, parts, count, at);
}

int fdatasync(int descriptor) {
  if (!lasts("sync-fails")) return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
  errno = EIO;
  return -1;
}
int fsync(int descriptor) {
  if (!lasts("sync-fails")) return static_cast<int>(::syscall(SYS_fsync, descriptor));
  errno = EIO;
  return -1;
}

int statvfs(const char* path, struct statvfs* status) {
  static auto* const real = next<int(const char*, struct statvfs*)>("statvfs");
  const int result = real(path, status);
  if (result == 0 && lasts("no-room")) status->f_bavail = status->f_bfree = 0;
  return result;
}
int statvfs64(const char* path, struct statvfs64* status) {
  return statvfs(path, reinterpret_cast<struct statvfs*>(status));
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  static auto* const real = next<int(clockid_t, struct timespec*)>("clock_gettime");
  const int result = real(clock, time);
  if (result != 0 || clock != CLOCK_REALTIME) return result;
  constexpr long ns_per_ms = 1'000'000;
  constexpr long ns_per_s = 1'000'000'000;
  const long off = clock_ms();
  time->tv_sec += off / 1000;
  time->tv_nsec += off % 1000 * ns_per_ms;
  if (time->tv_nsec >= ns_per_s) {
    time->tv_nsec -= ns_per_s;
    ++time->tv_sec;
  } else if (time->tv_nsec < 0) {
    time->tv_nsec += ns_per_s;
    --time->tv_sec;
  }
  return result;
}

}  // extern "C"
