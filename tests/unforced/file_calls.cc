// The real calls are made as system calls, so that no name has to be looked up behind our own.
#include "tests/unforced/file_calls.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

using quorate::unforced::file_watch;

std::size_t total(const iovec* parts, int count) {
  std::size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  return bytes;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return file_watch().write(descriptor, -1, size, [&] { return ::syscall(SYS_write, descriptor, bytes, size); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  return file_watch().write(descriptor, at, size, [&] { return ::syscall(SYS_pwrite64, descriptor, bytes, size, at); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  return pwrite(descriptor, bytes, size, at);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  return file_watch().write(descriptor, -1, total(parts, count),
                            [&] { return ::syscall(SYS_writev, descriptor, parts, count); });
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t at) {
  return file_watch().write(descriptor, at, total(parts, count),
                            [&] { return ::syscall(SYS_pwritev, descriptor, parts, count, at, off_t{0}); });
}

ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t at) {
  return pwritev(descriptor, parts, count, at);
}

int ftruncate(int descriptor, off_t size) noexcept {
  return static_cast<int>(
      file_watch().truncate(descriptor, size, [&] { return ::syscall(SYS_ftruncate, descriptor, size); }));
}

int ftruncate64(int descriptor, off64_t size) noexcept { return ftruncate(descriptor, size); }

int fdatasync(int descriptor) {
  return static_cast<int>(file_watch().force(descriptor, [&] { return ::syscall(SYS_fdatasync, descriptor); }));
}

int fsync(int descriptor) {
  return static_cast<int>(file_watch().force(descriptor, [&] { return ::syscall(SYS_fsync, descriptor); }));
}
}
