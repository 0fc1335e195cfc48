#include "tests/unforced/unforced_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <set>

namespace quorate::unforced {
namespace {

constexpr std::size_t page_bytes = 4096;

std::string link_of(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

}  // namespace

UnforcedFile::UnforcedFile(int descriptor) : descriptor_(::open(link_of(descriptor).c_str(), O_RDWR | O_CLOEXEC)) {
  if (descriptor_ < 0) std::abort();
}

UnforcedFile::~UnforcedFile() { ::close(descriptor_); }

void UnforcedFile::remember(std::size_t at, std::size_t size) {
  if (undo_.empty()) sure_size_ = size_of(descriptor_);
  Undo undo{at, std::vector<char>(size), size};
  const ssize_t read = ::pread(descriptor_, undo.old_bytes.data(), size, static_cast<off_t>(at));
  undo.old_bytes.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
  undo_.push_back(std::move(undo));
}

void UnforcedFile::forced(std::size_t writes) {
  if (writes <= first_) return;
  const std::size_t count = std::min(writes - first_, undo_.size());
  undo_.erase(undo_.begin(), undo_.begin() + static_cast<std::ptrdiff_t>(count));
  first_ += count;
  sure_size_ = size_of(descriptor_);
}

/// Zeros stand for what was beyond the file's end; take_back cuts the file to its size afterwards.
void UnforcedFile::restore(const Undo& undo, std::size_t from, std::size_t to) const {
  std::vector<char> bytes(to - from);
  for (std::size_t i = from; i < to; ++i) {
    if (i - undo.at < undo.old_bytes.size()) bytes[i - from] = undo.old_bytes[i - undo.at];
  }
  ::syscall(SYS_pwrite64, descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(from));
}

void UnforcedFile::take_back(const std::function<bool()>& coin) {
  if (undo_.empty()) return;
  std::set<std::size_t> kept;
  std::size_t end = sure_size_;
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
    for (std::size_t from = undo->at; from < undo->at + undo->size;) {
      const std::size_t page = from / page_bytes;
      const std::size_t to = std::min((page + 1) * page_bytes, undo->at + undo->size);
      if (kept.contains(page) || coin()) {
        kept.insert(page);
        end = std::max(end, to);
      } else {
        restore(*undo, from, to);
      }
      from = to;
    }
  }
  ::syscall(SYS_ftruncate, descriptor_, static_cast<off_t>(end));
  forced(writes());
}

std::size_t size_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

std::size_t start_of_write(int descriptor, off_t at) {
  if (at >= 0) return static_cast<std::size_t>(at);
  if ((::fcntl(descriptor, F_GETFL) & O_APPEND) != 0) return size_of(descriptor);
  return static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_CUR));
}

std::string path_of(int descriptor) {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink(link_of(descriptor).c_str(), path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

bool forces_writes(int descriptor) { return (::fcntl(descriptor, F_GETFL) & O_DSYNC) != 0; }

}  // namespace quorate::unforced
