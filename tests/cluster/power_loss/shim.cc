// Power loss for one process: a library for LD_PRELOAD that forgets what was written and not forced.
//
// It keeps an undo of every write to regular files under one directory (tests/unforced). A finished force (fdatasync,
// fsync, or the write itself on a descriptor opened with O_DSYNC or O_SYNC) clears what was written to that file before
// the force began. At a moment drawn from a seed what is left goes back, page by page; then the process gets SIGKILL.
// The page cache survives that, so whoever opens the files next sees what a disk would hold. Settings: README.md in
// this folder.
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "tests/unforced/file_calls.h"
#include "tests/unforced/unforced_file.h"

namespace {

using quorate::unforced::UnforcedFile;

using FileId = std::pair<dev_t, ino_t>;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Shim final : public quorate::unforced::FileWatch {
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

  ssize_t write(int descriptor, off_t at, std::size_t size, const Call& call) override {
    FileId id;
    if (!watches(descriptor, id)) return call();
    const std::lock_guard lock(mutex_);
    UnforcedFile& file = file_of(descriptor, id);
    file.remember(quorate::unforced::start_of_write(descriptor, at), size);
    const ssize_t result = call();
    count_call();
    if (quorate::unforced::forces_writes(descriptor)) {
      count_call();
      forced(file, file.writes());
    }
    return result;
  }

  ssize_t truncate(int descriptor, off_t size, const Call& call) override {
    const std::size_t old_size = quorate::unforced::size_of(descriptor);
    const auto from = std::min(old_size, static_cast<std::size_t>(size));
    return write(descriptor, static_cast<off_t>(from), old_size - from, call);
  }

  ssize_t force(int descriptor, const Call& call) override {
    FileId id;
    if (!watches(descriptor, id)) return call();
    std::size_t through = 0;
    {
      const std::lock_guard lock(mutex_);
      count_call();
      through = file_of(descriptor, id).writes();
    }
    const ssize_t result = call();  // without the lock: what is under way may be lost
    const std::lock_guard lock(mutex_);
    if (result == 0) forced(file_of(descriptor, id), through);
    return result;
  }

 private:
  bool watches(int descriptor, FileId& id) const {
    struct stat status {};
    if (directory_.empty() || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    id = {status.st_dev, status.st_ino};
    return quorate::unforced::path_of(descriptor).starts_with(directory_);
  }

  UnforcedFile& file_of(int descriptor, const FileId& id) { return files_.try_emplace(id, descriptor).first->second; }

  void forced(UnforcedFile& file, std::size_t writes) const {
    if (!ignore_forces_) file.forced(writes);
  }

  std::uint64_t next_random() {  // xorshift64*
    random_ ^= random_ >> 12;
    random_ ^= random_ << 25;
    random_ ^= random_ >> 27;
    return random_ * 0x2545f4914f6cdd1dU;
  }

  [[noreturn]] void cut_power() {
    for (auto& [id, file] : files_) file.take_back([this] { return (next_random() >> 63) != 0; });
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
  std::map<FileId, UnforcedFile> files_;
};

const Shim& at_load = Shim::instance();  // the time runs from here

}  // namespace

quorate::unforced::FileWatch& quorate::unforced::file_watch() { return Shim::instance(); }
