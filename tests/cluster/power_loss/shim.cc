// Power loss for one process: a library for LD_PRELOAD that forgets what was written and not forced.
//
// It keeps an undo journal in memory of every write to regular files under one directory. A finished force (fdatasync,
// fsync, or the write itself on a descriptor opened with O_DSYNC or O_SYNC) clears what was written to that file before
// the force began. At a moment drawn from a seed each 4096-byte page with journal entries keeps its content with
// probability 1/2, or else goes back write by write, a coin for each; then the process gets SIGKILL. The page cache
// survives that, so whoever opens the files next sees what a disk would hold. Settings: README.md in this folder.
// Not here: writes through a map, lost directory entries, torn pages, a shrunk file that stays shrunk.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t page_bytes = 4096;

/// One write, not forced yet: what stood in its range before.
struct Undo {
  std::size_t at;
  std::vector<char> old_bytes;  // shorter than `size` where the file ended
  std::size_t size;
};

struct File {
  int descriptor = -1;        // our own, readable and writable, never closed
  std::size_t first = 0;      // number of undo[0]
  std::vector<Undo> undo;     // oldest first
  std::size_t sure_size = 0;  // of the file when undo was last empty
};

using FileId = std::pair<dev_t, ino_t>;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Shim {
 public:
  Shim() {
    if (const char* directory = std::getenv("QUORATE_SHIM_DIRECTORY")) directory_ = std::string(directory) + "/";
    ignore_forces_ = setting("QUORATE_SHIM_IGNORE_FORCES", 0) != 0;
    random_ = setting("QUORATE_SHIM_SEED", 1) * 0x9e3779b97f4a7c15U + 1;
    if (const std::uint64_t calls = setting("QUORATE_SHIM_CALLS_MAX", 0)) cut_at_call_ = 1 + next_random() % calls;
    if (const std::uint64_t call = setting("QUORATE_SHIM_CALL", 0)) cut_at_call_ = call;
    if (const std::uint64_t ms = setting("QUORATE_SHIM_MS_MAX", 0)) cut_after_ms(1 + next_random() % ms);
    ::pthread_atfork(nullptr, nullptr, [] { instance().directory_.clear(); });  // a fork has no journal of its own
  }

  static Shim& instance() {
    static Shim& shim = *new Shim;  // never destroyed: other destructors may write
    return shim;
  }

  /// Does `write` as a write of `size` bytes to `descriptor`, at the descriptor's own offset if `at` is negative.
  template <typename Write>
  auto journaled(int descriptor, off_t at, std::size_t size, Write write) {
    FileId id;
    if (!watches(descriptor, id)) return write();
    const std::lock_guard lock(mutex_);
    File& file = file_of(descriptor, id);
    remember(file, start_of(descriptor, at), size);
    const auto result = write();
    count_call();
    const int flags = ::fcntl(descriptor, F_GETFL);
    if ((flags & O_DSYNC) != 0) {
      count_call();
      forced(file, file.first + file.undo.size());
    }
    return result;
  }

  template <typename Truncate>
  int truncated(int descriptor, off_t size, Truncate truncate) {
    const std::size_t old_size = size_of(descriptor);
    const auto from = std::min(old_size, static_cast<std::size_t>(size));
    return journaled(descriptor, static_cast<off_t>(from), old_size - from, truncate);
  }

  template <typename Force>
  int forcing(int descriptor, Force force) {
    FileId id;
    if (!watches(descriptor, id)) return force();
    std::size_t through = 0;
    {
      const std::lock_guard lock(mutex_);
      count_call();
      const File& file = file_of(descriptor, id);
      through = file.first + file.undo.size();
    }
    const int result = force();  // without the lock: what is under way may be lost
    const std::lock_guard lock(mutex_);
    if (result == 0) forced(file_of(descriptor, id), through);
    return result;
  }

 private:
  static std::size_t size_of(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
  }

  static std::size_t start_of(int descriptor, off_t at) {
    if (at >= 0) return static_cast<std::size_t>(at);
    if ((::fcntl(descriptor, F_GETFL) & O_APPEND) != 0) return size_of(descriptor);
    return static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_CUR));
  }

  bool watches(int descriptor, FileId& id) const {
    struct stat status {};
    if (directory_.empty() || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    id = {status.st_dev, status.st_ino};
    std::array<char, PATH_MAX> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    return size > 0 && std::string(path.data(), static_cast<std::size_t>(size)).starts_with(directory_);
  }

  File& file_of(int descriptor, const FileId& id) {
    File& file = files_[id];
    if (file.descriptor < 0) {
      const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
      file.descriptor = ::open(link.c_str(), O_RDWR | O_CLOEXEC);
      if (file.descriptor < 0) std::abort();
    }
    return file;
  }

  static void remember(File& file, std::size_t at, std::size_t size) {
    if (file.undo.empty()) file.sure_size = size_of(file.descriptor);
    Undo undo{at, std::vector<char>(size), size};
    const ssize_t read = ::pread(file.descriptor, undo.old_bytes.data(), size, static_cast<off_t>(at));
    undo.old_bytes.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
    file.undo.push_back(std::move(undo));
  }

  void forced(File& file, std::size_t through) {
    if (ignore_forces_ || through <= file.first) return;
    const std::size_t count = std::min(through - file.first, file.undo.size());
    file.undo.erase(file.undo.begin(), file.undo.begin() + static_cast<std::ptrdiff_t>(count));
    file.first += count;
    file.sure_size = size_of(file.descriptor);
  }

  std::uint64_t next_random() {  // xorshift64*
    random_ ^= random_ >> 12;
    random_ ^= random_ << 25;
    random_ ^= random_ >> 27;
    return random_ * 0x2545f4914f6cdd1dU;
  }

  bool coin() { return (next_random() >> 63) != 0; }

  /// Zeros stand for what was beyond the file's end; take_back cuts the file to its size afterwards.
  static void restore(const File& file, const Undo& undo, std::size_t from, std::size_t to) {
    std::vector<char> bytes(to - from);
    for (std::size_t i = from; i < to; ++i)
      if (i - undo.at < undo.old_bytes.size()) bytes[i - from] = undo.old_bytes[i - undo.at];
    ::syscall(SYS_pwrite64, file.descriptor, bytes.data(), bytes.size(), static_cast<off_t>(from));
  }

  /// From the newest write back: a page that keeps one write keeps all that came before it.
  void take_back(File& file) {
    std::set<std::size_t> kept;
    std::size_t end = file.sure_size;
    for (auto undo = file.undo.rbegin(); undo != file.undo.rend(); ++undo)
      for (std::size_t from = undo->at; from < undo->at + undo->size;) {
        const std::size_t page = from / page_bytes;
        const std::size_t to = std::min((page + 1) * page_bytes, undo->at + undo->size);
        if (kept.contains(page) || coin()) {
          kept.insert(page);
          end = std::max(end, to);
        } else {
          restore(file, *undo, from, to);
        }
        from = to;
      }
    ::syscall(SYS_ftruncate, file.descriptor, static_cast<off_t>(end));
  }

  [[noreturn]] void cut_power() {
    for (auto& [id, file] : files_)
      if (!file.undo.empty()) take_back(file);
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }

  void count_call() {
    if (++calls_ == cut_at_call_) cut_power();
  }

  void cut_after_ms(std::uint64_t ms) {
    std::thread([this, ms] {
      timespec left{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000 * 1'000'000)};
      while (::nanosleep(&left, &left) != 0) {
      }
      const std::lock_guard lock(mutex_);
      if (!files_.empty()) cut_power();
      cut_at_call_ = calls_ + 1;
    }).detach();
  }

  std::string directory_;
  bool ignore_forces_ = false;
  std::uint64_t random_ = 0;
  std::uint64_t cut_at_call_ = 0;
  std::uint64_t calls_ = 0;
  std::mutex mutex_;
  std::map<FileId, File> files_;
};

const Shim& at_load = Shim::instance();  // the time runs from here

std::size_t total(const iovec* parts, int count) {
  std::size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  return bytes;
}

}  // namespace

// The real calls are made as system calls, so that no name has to be looked up behind our own.
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return Shim::instance().journaled(descriptor, -1, size,
                                    [&] { return ::syscall(SYS_write, descriptor, bytes, size); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  return Shim::instance().journaled(descriptor, at, size,
                                    [&] { return ::syscall(SYS_pwrite64, descriptor, bytes, size, at); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  return pwrite(descriptor, bytes, size, at);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  return Shim::instance().journaled(descriptor, -1, total(parts, count),
                                    [&] { return ::syscall(SYS_writev, descriptor, parts, count); });
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t at) {
  return Shim::instance().journaled(descriptor, at, total(parts, count),
                                    [&] { return ::syscall(SYS_pwritev, descriptor, parts, count, at, off_t{0}); });
}

ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t at) {
  return pwritev(descriptor, parts, count, at);
}

int ftruncate(int descriptor, off_t size) noexcept {
  return Shim::instance().truncated(descriptor, size,
                                    [&] { return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size)); });
}

int ftruncate64(int descriptor, off64_t size) noexcept { return ftruncate(descriptor, size); }

int fdatasync(int descriptor) {
  return Shim::instance().forcing(descriptor, [&] { return static_cast<int>(::syscall(SYS_fdatasync, descriptor)); });
}

int fsync(int descriptor) {
  return Shim::instance().forcing(descriptor, [&] { return static_cast<int>(::syscall(SYS_fsync, descriptor)); });
}
}
