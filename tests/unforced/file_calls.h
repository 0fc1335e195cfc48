// The calls by which a program writes to files, handed to whoever watches them.
//
// Whoever links file_calls.cc has its `write`, `pwrite`, `writev`, `pwritev`, `ftruncate`, `fdatasync` and `fsync`, and
// so do the shared libraries of the program; it must define `file_watch`.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>

namespace quorate::unforced {

class FileWatch {
 public:
  /// The call itself, as a system call.
  using Call = std::function<ssize_t()>;

  virtual ~FileWatch() = default;
  /// At the descriptor's own offset if `at` is negative.
  virtual ssize_t write(int descriptor, off_t at, std::size_t size, const Call& call) = 0;
  virtual ssize_t truncate(int descriptor, off_t size, const Call& call) = 0;
  virtual ssize_t force(int descriptor, const Call& call) = 0;
};

/// The program's one watch. Called by any thread, also before `main` and after it.
FileWatch& file_watch();

}  // namespace quorate::unforced
