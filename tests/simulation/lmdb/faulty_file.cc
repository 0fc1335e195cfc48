#include "tests/simulation/lmdb/faulty_file.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace quorate::simulation {
namespace {

constexpr std::uint64_t calls_before = 8;  // more than most transactions make
constexpr std::uint64_t calls_after = 4;

/// All watched files, and the way to each from a descriptor.
class WatchedFiles final : public unforced::FileWatch {
 public:
  static WatchedFiles& instance() {
    static WatchedFiles& files = *new WatchedFiles;  // never destroyed: other destructors may write
    return files;
  }

  void add(const std::string& path, FileWatch& file) {
    const std::lock_guard lock(mutex_);
    files_[path] = &file;
    count_ = files_.size();
  }
  void remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
    count_ = files_.size();
  }

  ssize_t write(int descriptor, off_t at, std::size_t size, const Call& call) override {
    FileWatch* file = find(descriptor);
    return file != nullptr ? file->write(descriptor, at, size, call) : call();
  }
  ssize_t truncate(int descriptor, off_t size, const Call& call) override {
    FileWatch* file = find(descriptor);
    return file != nullptr ? file->truncate(descriptor, size, call) : call();
  }
  ssize_t force(int descriptor, const Call& call) override {
    FileWatch* file = find(descriptor);
    return file != nullptr ? file->force(descriptor, call) : call();
  }

 private:
  WatchedFiles() {
    ::pthread_atfork(nullptr, nullptr, [] { instance().count_ = 0; });  // the lock may have been held by another thread
  }

  FileWatch* find(int descriptor) {
    if (count_ == 0) return nullptr;
    const std::string path = unforced::path_of(descriptor);
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : found->second;
  }

  std::mutex mutex_;
  std::map<std::string, FileWatch*> files_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace

FaultyFile::FaultyFile(std::filesystem::path path, Random& random, Forces forces)
    : path_(std::move(path)), random_(random), forces_(forces) {
  WatchedFiles::instance().add(path_, *this);
}

FaultyFile::~FaultyFile() { WatchedFiles::instance().remove(path_); }

void FaultyFile::end_in_next(WriteEnd end) {
  const bool arrives = end == WriteEnd::arrives;
  const std::uint64_t calls = random_.below(arrives ? calls_after : calls_before);
  ending_ = Ending{arrives, arrives ? Fault::power_goes : static_cast<Fault>(random_.below(faults)), calls};
}

void FaultyFile::crash() {
  if (file_) file_->take_back([this] { return random_.one_in(2); });
  file_.reset();
  ending_.reset();
  power_off_ = false;
  struck_ = false;
}

ssize_t FaultyFile::write(int descriptor, off_t at, std::size_t size, const Call& call) {
  if (power_off_) return strike(EIO);
  const bool decides = unforced::forces_writes(descriptor);
  const bool loses = ending_ && !ending_->arrives && (ending_->due() || decides);
  if (loses && ending_->fault == Fault::disk_full) return strike(ENOSPC);
  if (loses && decides) return strike(EIO);
  file(descriptor).remember(unforced::start_of_write(descriptor, at), size);
  const ssize_t result = call();
  if (decides) forced(file_->writes());
  if (loses && ending_->fault == Fault::power_goes) return strike(EIO);
  if (ending_ && ending_->arrives) {
    ending_->decided = ending_->decided || decides;
    if (ending_->decided && ending_->due()) return strike(EIO);
  }
  return result;
}

ssize_t FaultyFile::truncate(int descriptor, off_t size, const Call& call) {
  const std::size_t old_size = unforced::size_of(descriptor);
  const auto from = std::min(old_size, static_cast<std::size_t>(size));
  return write(descriptor, static_cast<off_t>(from), old_size - from, call);
}

ssize_t FaultyFile::force(int descriptor, const Call& call) {
  if (power_off_) return strike(EIO);
  if (ending_ && (!ending_->arrives || ending_->decided) && ending_->due() && ending_->fault != Fault::disk_full) {
    return strike(EIO);
  }
  const std::size_t writes = file(descriptor).writes();
  const ssize_t result = call();
  if (result == 0) forced(writes);
  return result;
}

unforced::UnforcedFile& FaultyFile::file(int descriptor) {
  if (!file_) file_.emplace(descriptor);
  return *file_;
}

void FaultyFile::forced(std::size_t writes) {
  if (forces_ == Forces::count) file_->forced(writes);
}

/// The call fails. When that is because the power went, so do all that follow.
ssize_t FaultyFile::strike(int error) {
  struck_ = true;
  if (ending_) power_off_ = ending_->fault == Fault::power_goes;
  ending_.reset();
  errno = error;
  return -1;
}

}  // namespace quorate::simulation

quorate::unforced::FileWatch& quorate::unforced::file_watch() { return quorate::simulation::WatchedFiles::instance(); }
